using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>How much sky light reaches the ground near things that stand on it.</summary>
internal sealed class ContactShadows
{
    private readonly Solids _solids;
    private readonly (float X, float Z, float SquareReach, int Thing)[] _feet;

    public ContactShadows(Solids solids)
    {
        _solids = solids;
        _feet = new (float, float, float, int)[solids.Things.Length];
        for (int i = 0; i < _feet.Length; i++)
        {
            ref readonly var thing = ref solids.Things[i];
            float far = thing.BallRadius + 2;
            _feet[i] = (thing.Centre.X, thing.Centre.Z, far * far, i);
        }
    }

    /// <summary>1 in the open, towards 0 under a car.</summary>
    public float Open(Vec3 point)
    {
        float open = 1;
        foreach (ref readonly var foot in _feet.AsSpan())
        {
            float x = point.X - foot.X,
                z = point.Z - foot.Z,
                square = (x * x) + (z * z);
            if (square <= foot.SquareReach)
            {
                open *= 1 - Cover(in _solids.Things[foot.Thing], x, z, square);
            }
        }

        return open;
    }

    private float Cover(ref readonly Thing thing, float x, float z, float square)
    {
        if (thing.Class is not (SceneClass.Car or SceneClass.Building))
        {
            float radius = thing.Class == SceneClass.Tree ? 0.8f : 0.5f;
            return square >= radius * radius ? 0 : 0.65f * (1 - (MathF.Sqrt(square) / radius));
        }

        (float reach, float most) = thing.Class == SceneClass.Car ? (0.7f, 0.8f) : (1.6f, 0.4f);
        var local = _solids.Primitives[thing.First].ToLocal(new Vec3(x, 0, z));
        float dx = MathF.Max(MathF.Abs(local.X) - (thing.Size.X * 0.46f), 0),
            dz = MathF.Max(MathF.Abs(local.Z) - (thing.Size.Z * 0.46f), 0);
        float distance = (dx * dx) + (dz * dz);
        if (distance >= reach * reach)
        {
            return 0;
        }

        float near = 1 - (MathF.Sqrt(distance) / reach);
        return most * near * near;
    }
}
