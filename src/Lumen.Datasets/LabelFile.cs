namespace Lumen.Datasets;

/// <summary>A file that says something about one picture.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Name">Path below the data set's folder, with slashes.</param>
/// <param name="Role">What tells it from the other label files of the same picture: <c>labels</c>, <c>gtFine_labelIds</c>. Equal for
/// corresponding files of all pictures.</param>
public sealed record LabelFile(LabelKind Kind, string Name, string Role)
{
    private const float Millimetres = 1000;

    /// <summary>Steps of a depth file a metre; null where its values are no metres (disparity) and for other kinds.</summary>
    public float? StepsPerMetre { get; init; } = Kind == LabelKind.Depth ? Millimetres : null;

    /// <summary>
    /// The value of pixels that count for nothing (of every channel, where the file has three), as the format has it; null where it has
    /// none.
    /// </summary>
    public int? Ignore { get; init; }

    /// <summary>Ids by colour (0xRRGGBB), where class labels may be drawn in the colours of a table; null where there is none.</summary>
    public IReadOnlyDictionary<int, int>? Colours { get; init; }

    /// <summary>Whether the file is a PNG by its name: others are carried over without looking into their pixels.</summary>
    public bool IsPng => Name.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the file is a picture by its name, and so has a size.</summary>
    public bool IsPicture => DatasetTree.IsPicture(Name);

    /// <summary>Whether the file is a JPEG by its name: its ids are not those that were saved.</summary>
    public bool IsLossy => Path.GetExtension(Name).ToLowerInvariant() is ".jpg" or ".jpeg";
}
