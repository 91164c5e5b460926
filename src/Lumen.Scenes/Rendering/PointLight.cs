using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>A lamp or a pair of headlights that lights surfaces and may be seen glowing.</summary>
internal readonly struct PointLight
{
    public required Vec3 Position { get; init; }

    public required Vec3 Colour { get; init; }

    /// <summary>Unit direction of the beam; all directions when zero.</summary>
    public required Vec3 Beam { get; init; }

    /// <summary>Distance at which the light has fallen to half, in metres.</summary>
    public required float Reach { get; init; }

    /// <summary>Radius of the visible glow in metres; 0 for none.</summary>
    public required float Glow { get; init; }

    /// <summary>The lights of a layout that are on; none by day in clear air.</summary>
    public static PointLight[] Of(SceneLayout layout, LightRig rig)
    {
        var lights = new List<PointLight>();
        float on = rig.Electric;
        if (on <= 0)
        {
            return [];
        }

        if (on > 0.3f)
        {
            foreach (var lamp in layout.Lamps)
            {
                lights.Add(
                    new PointLight
                    {
                        Position = LampModel.Light(lamp),
                        Colour = new Vec3(1.7f, 1.2f, 0.62f) * (on * on),
                        Beam = new Vec3(0, -1, 0),
                        Reach = 3.2f,
                        Glow = 0.55f,
                    }
                );
            }
        }

        foreach (var car in layout.Cars)
        {
            if (car.Motion == CarMotion.Parked)
            {
                continue;
            }

            var ahead = new Vec3(Curves.Sin(car.Yaw), 0, Curves.Cos(car.Yaw));
            var right = new Vec3(ahead.Z, 0, -ahead.X);
            var middle = new Vec3(car.X, 0, car.Z);
            float half = car.Length * 0.5f,
                lift = CarModel.Shoulder(car.Shape) - 0.88f;
            for (int side = -1; side <= 1; side += 2)
            {
                var aside = right * (side * ((car.Width * 0.5f) - 0.26f));
                var head = middle + (ahead * (half + 0.02f)) + aside + new Vec3(0, 0.6f + lift, 0);
                lights.Add(
                    new PointLight
                    {
                        Position = head,
                        Colour = new Vec3(0.75f, 0.68f, 0.5f) * on,
                        Beam = (ahead - new Vec3(0, 0.12f, 0)).Unit,
                        Reach = 5,
                        Glow = 0.3f,
                    }
                );
                var tail = middle - (ahead * (half + 0.02f)) + aside + new Vec3(0, 0.68f + lift, 0);
                lights.Add(
                    new PointLight
                    {
                        Position = tail,
                        Colour = new Vec3(0.35f, 0.02f, 0.01f) * on,
                        Beam = (ahead * -1) - new Vec3(0, 0.2f, 0),
                        Reach = 1.6f,
                        Glow = 0.22f,
                    }
                );
            }
        }

        if (on >= 1)
        {
            // The camera rides on a car too: its own dipped beam keeps the near street visible after dark.
            var ahead = new Vec3(Curves.Sin(layout.Camera.Yaw), -0.06f, Curves.Cos(layout.Camera.Yaw)).Unit;
            lights.Add(
                new PointLight
                {
                    Position = new Vec3(layout.Camera.X, 1.1f, -1.5f),
                    Colour = new Vec3(0.34f, 0.32f, 0.26f),
                    Beam = ahead,
                    Reach = 11,
                    Glow = 0,
                }
            );
        }

        return [.. lights];
    }

    /// <summary>Light that reaches a point with a unit normal.</summary>
    public Vec3 At(Vec3 point, Vec3 normal)
    {
        var to = Position - point;
        float square = Vec3.Dot(to, to);
        if (square > Reach * Reach * 40)
        {
            return default;
        }

        // Whatever clearly faces away, or lies clearly beside a beam, gets exactly nothing: the margins are far wider than rounding.
        float lean = Vec3.Dot(to, normal),
            towards = -Vec3.Dot(to, Beam);
        bool lamp = Beam.Y < -0.9f;
        if ((lean < 0 && lean * lean > (square * 0.1f) + 1e-4f) || (!lamp && (towards <= 0 || towards * towards < square * 0.5f)))
        {
            return default;
        }

        float distance = MathF.Sqrt(square) + 1e-4f,
            facing = MathF.Max(0, (lean / distance * 0.8f) + 0.2f); // wrapped: lamps are not points
        float along = towards / distance,
            cone = lamp ? 0.25f + (0.75f * Curves.Clamp01(along)) : Curves.Step(0.72f, 0.97f, along);
        return Colour * (facing * cone / (1 + (square / (Reach * Reach))));
    }
}
