namespace Lumen.Scenes.Geometry;

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
