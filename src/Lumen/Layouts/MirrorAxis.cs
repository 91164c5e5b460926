namespace Lumen.Layouts;

/// <summary>Which sides a mirrored layout exchanges.</summary>
public enum MirrorAxis
{
    /// <summary>Left and right.</summary>
    Horizontal,

    /// <summary>Top and bottom.</summary>
    Vertical,
}
