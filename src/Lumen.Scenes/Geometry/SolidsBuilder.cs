using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>
/// Collects primitives object by object. Instance id of an object is its position plus 1: cars, people, lamps, trees, then buildings.
/// </summary>
internal sealed class SolidsBuilder
{
    private readonly List<Primitive> _primitives = [];
    private readonly List<Plane> _planes = [];
    private readonly List<Thing> _things = [];
    private Vec3 _anchor;
    private float _yaw;

    public static Solids Build(SceneLayout layout)
    {
        var builder = new SolidsBuilder();
        for (int i = 0; i < layout.Cars.Count; i++)
        {
            CarModel.Add(builder, layout.Cars[i], i);
        }

        for (int i = 0; i < layout.People.Count; i++)
        {
            PersonModel.Add(builder, layout.People[i], i);
        }

        for (int i = 0; i < layout.Lamps.Count; i++)
        {
            LampModel.Add(builder, layout.Lamps[i], i);
        }

        for (int i = 0; i < layout.Trees.Count; i++)
        {
            TreeModel.Add(builder, layout.Trees[i], i);
        }

        for (int i = 0; i < layout.Buildings.Count; i++)
        {
            BuildingModel.Add(builder, layout.Buildings[i], i);
        }

        return new Solids([.. builder._primitives], [.. builder._planes], [.. builder._things]);
    }

    /// <summary>Starts an object; the primitives that follow are in its frame.</summary>
    public void Begin(SceneClass kind, int slot, float x, float z, float yaw)
    {
        _anchor = new Vec3(x, 0, z);
        _yaw = yaw;
        _things.Add(
            new Thing
            {
                Class = kind,
                Slot = slot,
                First = _primitives.Count,
                Yaw = yaw,
            }
        );
    }

    public void Add(SolidShape shape, Part part, Vec3 low, Vec3 high) => Add(shape, part, low, high, []);

    public void Add(SolidShape shape, Part part, Vec3 low, Vec3 high, params ReadOnlySpan<Plane> planes)
    {
        _primitives.Add(
            new Primitive
            {
                Anchor = _anchor,
                Sin = Curves.Sin(_yaw),
                Cos = Curves.Cos(_yaw),
                Low = low,
                High = high,
                Shape = shape,
                Part = part,
                Thing = (short)(_things.Count - 1),
                FirstPlane = (short)_planes.Count,
                Planes = (short)planes.Length,
            }
        );
        foreach (var plane in planes)
        {
            _planes.Add(plane);
        }
    }

    /// <summary>Ends the object: its box and bounding ball follow from its primitives.</summary>
    public void End()
    {
        var thing = _things[^1];
        var low = _primitives[thing.First].Low;
        var high = _primitives[thing.First].High;
        for (int i = thing.First + 1; i < _primitives.Count; i++)
        {
            Vec3 l = _primitives[i].Low,
                h = _primitives[i].High;
            low = new Vec3(MathF.Min(low.X, l.X), MathF.Min(low.Y, l.Y), MathF.Min(low.Z, l.Z));
            high = new Vec3(MathF.Max(high.X, h.X), MathF.Max(high.Y, h.Y), MathF.Max(high.Z, h.Z));
        }

        thing.Count = _primitives.Count - thing.First;
        thing.Size = high - low;
        thing.Centre = _anchor + _primitives[thing.First].ToWorld((low + high) * 0.5f);
        thing.Ball = thing.Centre;
        thing.BallRadius = thing.Size.Length * 0.5f;
        _things[^1] = thing;
    }
}
