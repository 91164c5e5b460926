using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Geometry;

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
