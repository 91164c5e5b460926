namespace Lumen.Scenes;

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
