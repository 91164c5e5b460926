using System.Runtime.CompilerServices;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>All solids of a layout, and ray queries against them. Immutable once built.</summary>
internal sealed class Solids(Primitive[] primitives, Plane[] planes, Thing[] things)
{
    /// <summary>Least parameter of an entry: a ray does not meet the surface that it starts from.</summary>
    public const float Epsilon = 1e-4f;

    private const float Slack = 1; // metres; more than rounding and what sticks out of a bounding ball

    public Primitive[] Primitives { get; } = primitives;

    public Plane[] Planes { get; } = planes;

    public Thing[] Things { get; } = things;

    /// <summary>Parameter of the first entry into a primitive, or -1. <paramref name="face"/> is what <see cref="Normal"/> needs.</summary>
    public float Enter(ref readonly Primitive p, Vec3 origin, Vec3 direction, out int face)
    {
        var o = p.ToLocal(origin - p.Anchor);
        var d = p.ToLocal(direction);
        face = 0;
        return p.Shape switch
        {
            SolidShape.Box => EnterBox(o, d, p.Low, p.High, out face),
            SolidShape.Convex => EnterConvex(in p, o, d, out face),
            SolidShape.Ellipsoid => EnterEllipsoid(o, d, p.Low, p.High),
            SolidShape.Post => EnterPost(o, d, p.Low, p.High, out face),
            SolidShape.Wheel => EnterPost(Swap(o), Swap(d), Swap(p.Low), Swap(p.High), out face),
            _ => EnterCone(o, d, p.Low, p.High, out face),
        };
    }

    /// <summary>Outward unit normal in the local frame at a local point of the surface.</summary>
    public Vec3 Normal(ref readonly Primitive p, Vec3 local, int face)
    {
        switch (p.Shape)
        {
            case SolidShape.Box:
                return Axis(face);
            case SolidShape.Convex:
                return Planes[p.FirstPlane + face].Normal;
            case SolidShape.Post:
                return face != 0
                    ? Axis(face)
                    : new Vec3(local.X - ((p.Low.X + p.High.X) * 0.5f), 0, local.Z - ((p.Low.Z + p.High.Z) * 0.5f)).Unit;
            case SolidShape.Wheel:
                return face != 0
                    ? Swap(Axis(face))
                    : new Vec3(0, local.Y - ((p.Low.Y + p.High.Y) * 0.5f), local.Z - ((p.Low.Z + p.High.Z) * 0.5f)).Unit;
            case SolidShape.Cone:
            {
                if (face != 0)
                {
                    return Axis(face);
                }

                float radius = (p.High.X - p.Low.X) * 0.5f,
                    height = p.High.Y - p.Low.Y;
                float x = local.X - ((p.Low.X + p.High.X) * 0.5f),
                    z = local.Z - ((p.Low.Z + p.High.Z) * 0.5f);
                float around = MathF.Max(MathF.Sqrt((x * x) + (z * z)), 1e-5f);
                return new Vec3(x * height / around, radius, z * height / around).Unit;
            }

            default:
            {
                var half = (p.High - p.Low) * 0.5f;
                var c = local - ((p.High + p.Low) * 0.5f);
                return new Vec3(c.X / (half.X * half.X), c.Y / (half.Y * half.Y), c.Z / (half.Z * half.Z)).Unit;
            }
        }
    }

    /// <summary>Nearest primitive along a unit direction, or -1.</summary>
    public int Nearest(Vec3 origin, Vec3 direction, out float t, out int face)
    {
        int best = -1;
        t = float.MaxValue;
        face = 0;
        foreach (ref readonly var thing in Things.AsSpan())
        {
            if (!MeetsBall(in thing, origin, direction, t))
            {
                continue;
            }

            for (int i = thing.First; i < thing.First + thing.Count; i++)
            {
                float at = Enter(in Primitives[i], origin, direction, out int f);
                if (at > 0 && at < t)
                {
                    (best, t, face) = (i, at, f);
                }
            }
        }

        return best;
    }

    /// <summary>Whether a ray meets the ball around a thing before it is clearly farther than something met already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MeetsBall(ref readonly Thing thing, Vec3 origin, Vec3 direction, float nearest)
    {
        var to = thing.Ball - origin;
        float along = Vec3.Dot(to, direction),
            square = Vec3.Dot(to, to),
            radius = thing.BallRadius * thing.BallRadius;
        return square < radius || (along > 0 && square - (along * along) < radius && along - thing.BallRadius - Slack < nearest);
    }

    internal static Vec3 Swap(Vec3 v) => new(v.Y, v.X, v.Z);

    /// <summary>Faces are numbered 1...6: -X, +X, -Y, +Y, -Z, +Z.</summary>
    private static Vec3 Axis(int face) =>
        face switch
        {
            1 => new Vec3(-1, 0, 0),
            2 => new Vec3(1, 0, 0),
            3 => new Vec3(0, -1, 0),
            4 => new Vec3(0, 1, 0),
            5 => new Vec3(0, 0, -1),
            _ => new Vec3(0, 0, 1),
        };

    private static float EnterBox(Vec3 o, Vec3 d, Vec3 low, Vec3 high, out int face)
    {
        float near = float.MinValue,
            far = float.MaxValue;
        face = 0;
        if (
            !Slab(o.X, d.X, low.X, high.X, 1, ref near, ref far, ref face)
            || !Slab(o.Y, d.Y, low.Y, high.Y, 3, ref near, ref far, ref face)
            || !Slab(o.Z, d.Z, low.Z, high.Z, 5, ref near, ref far, ref face)
        )
        {
            return -1;
        }

        return near > Epsilon ? near : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Slab(float o, float d, float low, float high, int firstFace, ref float near, ref float far, ref int face)
    {
        if (d == 0)
        {
            return o > low && o < high;
        }

        float inverse = 1f / d,
            a = (low - o) * inverse,
            b = (high - o) * inverse;
        int entered = firstFace;
        if (inverse < 0)
        {
            (a, b) = (b, a);
            entered++;
        }

        if (a > near)
        {
            near = a;
            face = entered;
        }

        far = b < far ? b : far;
        return near < far;
    }

    private float EnterConvex(ref readonly Primitive p, Vec3 o, Vec3 d, out int face)
    {
        float near = float.MinValue,
            far = float.MaxValue;
        face = 0;
        for (int i = 0; i < p.Planes; i++)
        {
            ref readonly var plane = ref Planes[p.FirstPlane + i];
            float slope = Vec3.Dot(plane.Normal, d),
                distance = plane.Offset - Vec3.Dot(plane.Normal, o);
            if (slope < 0)
            {
                float t = distance / slope;
                if (t > near)
                {
                    near = t;
                    face = i;
                }
            }
            else if (slope > 0)
            {
                far = MathF.Min(far, distance / slope);
            }
            else if (distance < 0)
            {
                return -1;
            }

            if (near >= far)
            {
                return -1;
            }
        }

        return near > Epsilon ? near : -1;
    }

    private static float EnterEllipsoid(Vec3 o, Vec3 d, Vec3 low, Vec3 high)
    {
        var half = (high - low) * 0.5f;
        var inverse = new Vec3(1 / half.X, 1 / half.Y, 1 / half.Z);
        o = (o - ((high + low) * 0.5f)) * inverse;
        d *= inverse;
        float a = Vec3.Dot(d, d),
            b = Vec3.Dot(o, d),
            c = Vec3.Dot(o, o) - 1,
            root = (b * b) - (a * c);
        if (root <= 0)
        {
            return -1;
        }

        float t = (-b - MathF.Sqrt(root)) / a;
        return t > Epsilon ? t : -1;
    }

    private static float EnterPost(Vec3 o, Vec3 d, Vec3 low, Vec3 high, out int face)
    {
        face = 0;
        float radius = (high.Z - low.Z) * 0.5f,
            x = o.X - ((low.X + high.X) * 0.5f),
            z = o.Z - ((low.Z + high.Z) * 0.5f);
        float a = (d.X * d.X) + (d.Z * d.Z),
            b = (x * d.X) + (z * d.Z),
            c = (x * x) + (z * z) - (radius * radius),
            root = (b * b) - (a * c);
        if (root <= 0)
        {
            return -1;
        }

        root = MathF.Sqrt(root);
        float near = (-b - root) / a,
            far = (-b + root) / a;
        if (!Slab(o.Y, d.Y, low.Y, high.Y, 3, ref near, ref far, ref face))
        {
            return -1;
        }

        return near > Epsilon ? near : -1;
    }

    private static float EnterCone(Vec3 o, Vec3 d, Vec3 low, Vec3 high, out int face)
    {
        face = 0;
        float slope = (high.X - low.X) * 0.5f / (high.Y - low.Y),
            k = slope * slope;
        float x = o.X - ((low.X + high.X) * 0.5f),
            z = o.Z - ((low.Z + high.Z) * 0.5f),
            y = o.Y - high.Y;
        float a = (d.X * d.X) + (d.Z * d.Z) - (k * d.Y * d.Y),
            b = (x * d.X) + (z * d.Z) - (k * y * d.Y),
            c = (x * x) + (z * z) - (k * y * y);
        float best = float.MaxValue,
            root = (b * b) - (a * c);
        if (root > 0 && a != 0)
        {
            root = MathF.Sqrt(root);
            best = Lower(best, (-b - root) / a, o.Y, d.Y, low.Y, high.Y);
            best = Lower(best, (-b + root) / a, o.Y, d.Y, low.Y, high.Y);
        }

        if (d.Y > 0 && o.Y < low.Y)
        {
            float t = (low.Y - o.Y) / d.Y,
                px = x + (t * d.X),
                pz = z + (t * d.Z),
                radius = (high.X - low.X) * 0.5f;
            if (t < best && (px * px) + (pz * pz) < radius * radius)
            {
                best = t;
                face = 3;
            }
        }

        return best < float.MaxValue && best > Epsilon ? best : -1;
    }

    private static float Lower(float best, float t, float y, float slope, float low, float high)
    {
        float at = y + (t * slope);
        return t > Epsilon && t < best && at > low && at < high ? t : best;
    }
}
