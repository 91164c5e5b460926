namespace Lumen.Datasets;

/// <summary>A file that says something about one picture.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Name">Path below the data set's folder, with slashes.</param>
/// <param name="Role">What tells it from the other label files of the same picture: <c>labels</c>, <c>gtFine_labelIds</c>. Equal for corresponding files of all pictures.</param>
public sealed record LabelFile(LabelKind Kind, string Name, string Role)
{
    /// <summary>Whether the file is a PNG by its name: others are carried over without looking into their pixels.</summary>
    public bool IsPng => Name.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
}
