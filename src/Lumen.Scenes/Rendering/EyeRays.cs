using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;
using Floats = System.Runtime.Intrinsics.Vector256<float>;
using Ints = System.Runtime.Intrinsics.Vector256<int>;

namespace Lumen.Scenes.Rendering;

/// <summary>
/// Eight camera rays at a time against the solids of a tile. Each lane does the operations of <see cref="Solids.Enter"/> in their order,
/// without fused multiply-add, so that its bits are those of a single ray.
/// </summary>
internal sealed class EyeRays
{
    private const float Farthest = 600; // metres; the ground ends there and the sky begins
    private readonly Viewpoint _view;
    private readonly EyeSolid[] _solids;
    private readonly Plane[] _planes;
    private readonly float[] _distances; // from the camera to each plane

    /// <param name="solids">What stands in the street, with the near depths that <see cref="ScreenTiles"/> finds.</param>
    /// <param name="view">The camera.</param>
    public EyeRays(Solids solids, Viewpoint view)
    {
        _view = view;
        _planes = solids.Planes;
        _distances = new float[_planes.Length];
        _solids = new EyeSolid[solids.Primitives.Length];
        for (int i = 0; i < _solids.Length; i++)
        {
            ref readonly var p = ref solids.Primitives[i];
            _solids[i] = new EyeSolid(in p, view.Position);
            var origin = p.ToLocal(view.Position - p.Anchor);
            for (int k = p.FirstPlane; k < p.FirstPlane + p.Planes; k++)
            {
                _distances[k] = _planes[k].Offset - Vec3.Dot(_planes[k].Normal, origin);
            }
        }
    }

    /// <summary>What each ray through a point of the picture meets first. Candidates come nearest first.</summary>
    public RayPacket Cast(Floats x, Floats y, ReadOnlySpan<short> candidates)
    {
        var packet = new RayPacket { Primitive = Ints.AllBitsSet };
        var across = (x - Vector256.Create(_view.Width * 0.5f)) * _view.PixelSize;
        var up = (Vector256.Create(_view.Height * 0.5f) - y) * _view.PixelSize;
        packet.X = Along(_view.Forward.X, _view.Right.X, _view.Up.X);
        packet.Y = Along(_view.Forward.Y, _view.Right.Y, _view.Up.Y);
        packet.Z = Along(_view.Forward.Z, _view.Right.Z, _view.Up.Z);

        var none = Vector256.Create(float.MaxValue);
        var ground = Vector256.Create(-_view.Position.Y) / packet.Y;
        var down = Vector256.LessThan(packet.Y, Floats.Zero) & Vector256.LessThanOrEqual(ground, Vector256.Create(Farthest));
        packet.Depth = Vector256.ConditionalSelect(down, ground, none);
        foreach (short i in candidates)
        {
            ref readonly var solid = ref _solids[i];
            var open = Vector256.LessThanOrEqual(Vector256.Create(solid.NearDepth), packet.Depth);
            if (open == Floats.Zero)
            {
                break; // nothing after this one can be nearer
            }

            var t = Enter(in solid, in packet, out var face);
            var hit = open & Vector256.GreaterThan(t, Floats.Zero) & Vector256.LessThan(t, packet.Depth);
            packet.Depth = Vector256.ConditionalSelect(hit, t, packet.Depth);
            packet.Primitive = Vector256.ConditionalSelect(hit.AsInt32(), Vector256.Create((int)i), packet.Primitive);
            packet.Face = Vector256.ConditionalSelect(hit.AsInt32(), face, packet.Face);
        }

        return packet;

        Floats Along(float forward, float right, float upwards) => Vector256.Create(forward) + (across * right) + (up * upwards);
    }

    private Floats Enter(in EyeSolid s, in RayPacket ray, out Ints face)
    {
        Floats x = (ray.X * s.Cos) - (ray.Z * s.Sin),
            y = ray.Y,
            z = (ray.X * s.Sin) + (ray.Z * s.Cos);
        face = default;
        return s.Shape switch
        {
            SolidShape.Box => EnterBox(in s, x, y, z, out face),
            SolidShape.Convex => EnterConvex(in s, x, y, z, out face),
            SolidShape.Ellipsoid => EnterEllipsoid(in s, x, y, z),
            SolidShape.Post => EnterPost(in s, x, y, z, out face),
            SolidShape.Wheel => EnterPost(in s, y, x, z, out face),
            _ => EnterCone(in s, x, y, z, out face),
        };
    }

    private static Floats EnterBox(in EyeSolid s, Floats x, Floats y, Floats z, out Ints face)
    {
        Floats near = Vector256.Create(float.MinValue),
            far = Vector256.Create(float.MaxValue);
        face = default;
        var met = Slab(x, s.Low.X, s.High.X, 1, ref near, ref far, ref face);
        met &= Slab(y, s.Low.Y, s.High.Y, 3, ref near, ref far, ref face);
        met &= Slab(z, s.Low.Z, s.High.Z, 5, ref near, ref far, ref face);
        return Ahead(met, near);
    }

    /// <summary>Lanes whose way through a slab leaves something between near and far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Slab(Floats direction, float low, float high, int firstFace, ref Floats near, ref Floats far, ref Ints face)
    {
        var level = Vector256.Equals(direction, Floats.Zero);
        Floats inverse = Floats.One / direction,
            a = inverse * low,
            b = inverse * high;
        var backwards = Vector256.LessThan(inverse, Floats.Zero);
        (a, b) = (Vector256.ConditionalSelect(backwards, b, a), Vector256.ConditionalSelect(backwards, a, b));
        var entered = Vector256.AndNot(Vector256.GreaterThan(a, near), level);
        near = Vector256.ConditionalSelect(entered, a, near);
        face = Vector256.ConditionalSelect(entered.AsInt32(), Vector256.Create(firstFace) - backwards.AsInt32(), face); // true is -1
        far = Vector256.ConditionalSelect(Vector256.AndNot(Vector256.LessThan(b, far), level), b, far);
        return Vector256.ConditionalSelect(level, low < 0 && high > 0 ? Floats.AllBitsSet : Floats.Zero, Vector256.LessThan(near, far));
    }

    private Floats EnterConvex(in EyeSolid s, Floats x, Floats y, Floats z, out Ints face)
    {
        Floats near = Vector256.Create(float.MinValue),
            far = Vector256.Create(float.MaxValue),
            met = Floats.AllBitsSet;
        face = default;
        for (int i = 0; i < s.Planes; i++)
        {
            var normal = _planes[s.FirstPlane + i].Normal;
            float distance = _distances[s.FirstPlane + i];
            Floats slope = (x * normal.X) + (y * normal.Y) + (z * normal.Z),
                t = Vector256.Create(distance) / slope;
            var entered = Vector256.LessThan(slope, Floats.Zero) & Vector256.GreaterThan(t, near);
            near = Vector256.ConditionalSelect(entered, t, near);
            face = Vector256.ConditionalSelect(entered.AsInt32(), Vector256.Create(i), face);
            far = Vector256.ConditionalSelect(Vector256.GreaterThan(slope, Floats.Zero) & Vector256.LessThan(t, far), t, far);
            met &= Vector256.LessThan(near, far);
            if (distance < 0)
            {
                met = Vector256.AndNot(met, Vector256.Equals(slope, Floats.Zero));
            }

            if (met == Floats.Zero)
            {
                break;
            }
        }

        return Ahead(met, near);
    }

    private static Floats EnterEllipsoid(in EyeSolid s, Floats x, Floats y, Floats z)
    {
        (x, y, z) = (x * s.Scale.X, y * s.Scale.Y, z * s.Scale.Z);
        Floats a = (x * x) + (y * y) + (z * z),
            b = (x * s.Origin.X) + (y * s.Origin.Y) + (z * s.Origin.Z);
        var root = (b * b) - (a * s.Outside);
        var met = Vector256.GreaterThan(root, Floats.Zero);
        return met == Floats.Zero ? met : Ahead(met, (-b - Vector256.Sqrt(root)) / a);
    }

    private static Floats EnterPost(in EyeSolid s, Floats x, Floats y, Floats z, out Ints face)
    {
        face = default;
        Floats a = (x * x) + (z * z),
            b = (x * s.Origin.X) + (z * s.Origin.Z),
            root = (b * b) - (a * s.Outside);
        var met = Vector256.GreaterThan(root, Floats.Zero);
        if (met == Floats.Zero)
        {
            return met;
        }

        root = Vector256.Sqrt(root);
        Floats near = (-b - root) / a,
            far = (root - b) / a;
        met &= Slab(y, s.Low.Y, s.High.Y, 3, ref near, ref far, ref face);
        return Ahead(met, near);
    }

    private static Floats EnterCone(in EyeSolid s, Floats x, Floats y, Floats z, out Ints face)
    {
        face = default;
        Floats a = (x * x) + (z * z) - (y * s.Slope * y),
            b = (x * s.Origin.X) + (z * s.Origin.Z) - (y * (s.Slope * s.Origin.Y));
        var root = (b * b) - (a * s.Outside);
        var none = Vector256.Create(float.MaxValue);
        var best = none;
        var met = Vector256.AndNot(Vector256.GreaterThan(root, Floats.Zero), Vector256.Equals(a, Floats.Zero));
        if (met != Floats.Zero)
        {
            root = Vector256.Sqrt(root);
            best = Lower(in s, best, (-b - root) / a, y, met);
            best = Lower(in s, best, (root - b) / a, y, met);
        }

        if (s.Height < s.Foot)
        {
            var t = Vector256.Create(s.Low.Y) / y;
            Floats px = (t * x) + Vector256.Create(s.Origin.X),
                pz = (t * z) + Vector256.Create(s.Origin.Z);
            var inside = Vector256.LessThan((px * px) + (pz * pz), Vector256.Create(s.Radius * s.Radius));
            var entered = Vector256.GreaterThan(y, Floats.Zero) & Vector256.LessThan(t, best) & inside;
            best = Vector256.ConditionalSelect(entered, t, best);
            face = entered.AsInt32() & Vector256.Create(3);
        }

        return Ahead(Vector256.LessThan(best, none), best);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Lower(in EyeSolid s, Floats best, Floats t, Floats y, Floats met)
    {
        var at = (t * y) + Vector256.Create(s.Height);
        met &= Vector256.GreaterThan(t, Vector256.Create(Solids.Epsilon)) & Vector256.LessThan(t, best);
        met &= Vector256.GreaterThan(at, Vector256.Create(s.Foot)) & Vector256.LessThan(at, Vector256.Create(s.Top));
        return Vector256.ConditionalSelect(met, t, best);
    }

    /// <summary>The parameter where a lane meets the solid in front of the camera, 0 elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Ahead(Floats met, Floats t) => met & Vector256.GreaterThan(t, Vector256.Create(Solids.Epsilon)) & t;
}
