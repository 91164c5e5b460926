using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

/// <summary>
/// A convex solid in a frame that stands at <see cref="Anchor"/> and is turned about the vertical: local X is the right of the heading,
/// local Z the heading.
/// </summary>
internal struct Primitive
{
    public Vec3 Anchor;
    public float Sin;
    public float Cos;
    public Vec3 Low;
    public Vec3 High;
    public SolidShape Shape;
    public Part Part;
    public short Thing;
    public short FirstPlane;
    public short Planes;

    /// <summary>Smallest distance along the camera axis at which it can be hit.</summary>
    public float NearDepth;

    public readonly Vec3 ToLocal(Vec3 direction) =>
        new((direction.X * Cos) - (direction.Z * Sin), direction.Y, (direction.X * Sin) + (direction.Z * Cos));

    public readonly Vec3 ToWorld(Vec3 local) => new((local.X * Cos) + (local.Z * Sin), local.Y, (local.Z * Cos) - (local.X * Sin));
}

/// <summary>What a primitive is of its object; chooses the material.</summary>
internal enum Part : byte
{
    Wall,
    Gable,
    Cornice,
    Chimney,
    Body,
    Cabin,
    Wheel,
    Trunk,
    Crown,
    Leg,
    Torso,
    Arm,
    Head,
    Post,
    Lamp,
}

/// <summary>How a <see cref="Primitive"/> fills its box.</summary>
internal enum SolidShape : byte
{
    Box,
    Convex,
    Ellipsoid,

    /// <summary>Upright cylinder.</summary>
    Post,

    /// <summary>Cylinder along the local X axis.</summary>
    Wheel,

    /// <summary>Upright cone, point at the top.</summary>
    Cone,
}

/// <summary>One object of the layout: a run of primitives with a bounding ball.</summary>
internal struct Thing
{
    public SceneClass Class;

    /// <summary>Position in the layout's list of its class.</summary>
    public int Slot;
    public int First;
    public int Count;
    public Vec3 Ball;
    public float BallRadius;
    public Vec3 Centre;
    public Vec3 Size;
    public float Yaw;
}

/// <summary>Half space of local points p with Normal . p at most Offset.</summary>
internal readonly struct Plane(Vec3 normal, float offset)
{
    public readonly Vec3 Normal = normal;
    public readonly float Offset = offset;

    /// <summary>The plane through a point, the normal made unit.</summary>
    public static Plane Through(Vec3 point, Vec3 normal)
    {
        var unit = normal.Unit;
        return new Plane(unit, Vec3.Dot(unit, point));
    }
}
