using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>What light meets at a point.</summary>
internal struct Surface
{
    public Vec3 Albedo;

    /// <summary>Own light.</summary>
    public Vec3 Glow;

    /// <summary>Unit normal for shading, world axes; may be bumped.</summary>
    public Vec3 Normal;

    /// <summary>Share of reflected light, 0...1, before the rise at grazing angles.</summary>
    public float Mirror;

    /// <summary>Share of ambient light that arrives, 0...1.</summary>
    public float Open;

    /// <summary>Distinguishes details of one primitive so that their borders are anti-aliased; below 64.</summary>
    public int Detail;
}
