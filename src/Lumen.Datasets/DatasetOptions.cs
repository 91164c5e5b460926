namespace Lumen.Datasets;

/// <summary>How a data set is opened: what it may be, and what a user says of it that its files do not.</summary>
public sealed record DatasetOptions
{
    /// <summary>Column (or property) of the metadata that holds captions; null for the usual names.</summary>
    public string? CaptionColumn { get; init; }

    /// <summary>The layouts that the data set may have, in the order in which they are tried: the most particular first.</summary>
    public IReadOnlyList<IDatasetFormat> Formats { get; init; } = DatasetFormats.BuiltIn;

    /// <summary>Which symbolic links are followed.</summary>
    public LinkPolicy Links { get; init; }

    /// <summary>What label files have after the name of their picture: <c>_mask</c> for <c>p0_mask.png</c>; null to find out.</summary>
    public string? LabelSuffix { get; init; }
}

/// <summary>
/// Which symbolic links of a data set are followed. Its own folder may be a link, and links from one place in it to another always are
/// followed.
/// </summary>
public enum LinkPolicy
{
    /// <summary>Those that stay inside the data set's folder; others are refused by name.</summary>
    Inside,

    /// <summary>All: the data set may be made of links to files elsewhere.</summary>
    Outside,
}
