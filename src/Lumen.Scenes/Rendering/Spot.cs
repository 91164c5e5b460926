using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>What materials may know about a point besides its primitive.</summary>
internal readonly struct Spot
{
    /// <summary>World point.</summary>
    public required Vec3 Point { get; init; }

    /// <summary>Point in the frame of the primitive.</summary>
    public required Vec3 Local { get; init; }

    /// <summary>Geometric unit normals.</summary>
    public required Vec3 Normal { get; init; }

    public required Vec3 LocalNormal { get; init; }

    /// <summary>Unit direction from the camera to the point.</summary>
    public required Vec3 Look { get; init; }

    /// <summary>Metres a pixel covers here, measured across the line of sight.</summary>
    public required float Pixel { get; init; }
}
