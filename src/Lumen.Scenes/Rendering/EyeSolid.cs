using Lumen.Scenes.Geometry;
using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>
/// A primitive as camera rays meet it: what <see cref="Solids.Enter"/> would compute anew for every ray from the same origin.
/// Lengths are in the frame of the primitive.
/// </summary>
internal readonly struct EyeSolid
{
    public readonly SolidShape Shape;
    public readonly float Sin;
    public readonly float Cos;
    public readonly float NearDepth;
    public readonly int FirstPlane;
    public readonly int Planes;

    /// <summary>From the camera to the low and the high corner of the box; those of wheels with X and Y exchanged.</summary>
    public readonly Vec3 Low;
    public readonly Vec3 High;

    /// <summary>
    /// The camera, seen from the middle of an ellipsoid in units of its half axes, from the axis of a post or the point of a cone.
    /// </summary>
    public readonly Vec3 Origin;

    /// <summary>Ellipsoid: one over its half axes.</summary>
    public readonly Vec3 Scale;

    /// <summary>The part of the quadratic equation that is free of the direction; positive outside.</summary>
    public readonly float Outside;

    /// <summary>Cone: square of its slope, and radius of its foot.</summary>
    public readonly float Slope;
    public readonly float Radius;

    /// <summary>Height of the camera, and of the ends of the box.</summary>
    public readonly float Height;
    public readonly float Foot;
    public readonly float Top;

    public EyeSolid(in Primitive p, Vec3 camera)
    {
        (Shape, Sin, Cos, NearDepth, FirstPlane, Planes) = (p.Shape, p.Sin, p.Cos, p.NearDepth, p.FirstPlane, p.Planes);
        Vec3 o = p.ToLocal(camera - p.Anchor),
            low = p.Low,
            high = p.High;
        if (p.Shape == SolidShape.Wheel)
        {
            (o, low, high) = (Solids.Swap(o), Solids.Swap(low), Solids.Swap(high));
        }

        (Low, High, Height, Foot, Top) = (low - o, high - o, o.Y, low.Y, high.Y);
        float x = o.X - ((low.X + high.X) * 0.5f),
            z = o.Z - ((low.Z + high.Z) * 0.5f);
        switch (p.Shape)
        {
            case SolidShape.Ellipsoid:
                var half = (high - low) * 0.5f;
                Scale = new Vec3(1 / half.X, 1 / half.Y, 1 / half.Z);
                Origin = (o - ((high + low) * 0.5f)) * Scale;
                Outside = Vec3.Dot(Origin, Origin) - 1;
                break;
            case SolidShape.Post or SolidShape.Wheel:
                Radius = (high.Z - low.Z) * 0.5f;
                Origin = new Vec3(x, 0, z);
                Outside = (x * x) + (z * z) - (Radius * Radius);
                break;
            case SolidShape.Cone:
                float slope = (high.X - low.X) * 0.5f / (high.Y - low.Y),
                    y = o.Y - high.Y;
                (Slope, Radius) = (slope * slope, (high.X - low.X) * 0.5f);
                Origin = new Vec3(x, y, z);
                Outside = (x * x) + (z * z) - (Slope * y * y);
                break;
        }
    }
}
