namespace Lumen.Training.Data;

/// <summary>A picture of a folder with what is known of it.</summary>
/// <param name="Name">Path below the folder, with slashes; unique.</param>
/// <param name="Path">Full path.</param>
public sealed record FolderPicture(string Name, string Path)
{
    /// <summary>What it shows; empty where nothing is said.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Whether the caption is the picture's own, and not the same for all that have none.</summary>
    public bool IsCaptioned { get; init; }

    /// <summary>Full path of the PNG of class ids, or null.</summary>
    public string? Labels { get; init; }

    /// <summary>Ids by colour, where labels may be drawn in the colours of a table; null where there is none.</summary>
    public IReadOnlyDictionary<int, int>? LabelColours { get; init; }

    /// <summary>Full path of the 16-bit PNG of depth, or null.</summary>
    public string? Depth { get; init; }

    /// <summary>Steps of the depth file a metre.</summary>
    public float DepthSteps { get; init; } = 1000;

    /// <summary>Full path of the picture of normals, or null.</summary>
    public string? Normals { get; init; }

    /// <summary>Its label files, for messages and hashes.</summary>
    internal IEnumerable<string> Annotations => new[] { Labels, Depth, Normals }.OfType<string>();
}
