namespace Lumen.Scenes;

/// <summary>
/// A rendered street with exact annotations. All arrays are row-major, the upper left pixel first. Labels, instances, depth and normals
/// belong to the ray through the middle of the pixel and do not depend on the appearance.
/// </summary>
public sealed class StreetScene
{
    /// <summary><see cref="Depth"/> of the sky in metres; everything solid is nearer.</summary>
    public const float SkyDepth = 1000;

    /// <summary>Columns.</summary>
    public required int Width { get; init; }

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>The layout it shows.</summary>
    public required SceneLayout Layout { get; init; }

    /// <summary>How it looks.</summary>
    public required SceneAppearance Appearance { get; init; }

    /// <summary>Colours, [Height * Width * 3], 0...255.</summary>
    public required byte[] Rgb { get; init; }

    /// <summary>Values of <see cref="SceneClass"/>, [Height * Width].</summary>
    public required byte[] Labels { get; init; }

    /// <summary>Instance ids of objects, [Height * Width]; 0 is sky or ground.</summary>
    public required ushort[] Instances { get; init; }

    /// <summary>Distance along the camera axis in metres, [Height * Width]; <see cref="SkyDepth"/> for the sky.</summary>
    public required float[] Depth { get; init; }

    /// <summary>
    /// Unit normals in camera axes, [Height * Width * 3]: X right, Y up, Z towards the viewer, so that a surface facing the camera is (0,
    /// 0, 1). The sky has (0, 0, 1).
    /// </summary>
    public required float[] Normals { get; init; }

    /// <summary>Every object with at least one visible pixel, in order of instance id.</summary>
    public required IReadOnlyList<SceneObject> Objects { get; init; }

    /// <summary>Plain words about the picture; nothing in them is false, but not everything true is in them.</summary>
    public required string Caption { get; init; }
}

/// <summary>One visible object of a rendered scene.</summary>
public sealed record SceneObject
{
    /// <summary>Class of the object.</summary>
    public required SceneClass Class { get; init; }

    /// <summary>Its value in <see cref="StreetScene.Instances"/>, 1 or more; the same in every appearance and at every size.</summary>
    public required ushort Instance { get; init; }

    /// <summary>Position in the layout's list of its class; for cars the paint slot.</summary>
    public required int Slot { get; init; }

    /// <summary>Smallest rectangle around its visible pixels.</summary>
    public required PixelBox Box { get; init; }

    /// <summary>Middle of its box in world metres.</summary>
    public required (float X, float Y, float Z) Centre { get; init; }

    /// <summary>Size of its box in metres: across, up, and along its heading.</summary>
    public required (float X, float Y, float Z) Size { get; init; }

    /// <summary>Heading in radians: 0 looks away along the street (+Z), positive turns towards +X.</summary>
    public required float Yaw { get; init; }

    /// <summary>Pixels that show it.</summary>
    public required int VisiblePixels { get; init; }
}

/// <summary>A rectangle of pixels, the upper left corner included, the lower right corner excluded.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">One past the last column.</param>
/// <param name="Bottom">One past the last row.</param>
public readonly record struct PixelBox(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Columns.</summary>
    public int Width => Right - Left;

    /// <summary>Rows.</summary>
    public int Height => Bottom - Top;
}
