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
