namespace Lumen.Datasets;

/// <summary>What a user says of a data set that its files do not.</summary>
public sealed record DatasetOptions
{
    /// <summary>Column (or property) of the metadata that holds captions; null for the usual names.</summary>
    public string? CaptionColumn { get; init; }

    /// <summary>Which symbolic links are followed.</summary>
    public LinkPolicy Links { get; init; }

    /// <summary>What label files have after the name of their picture: <c>_mask</c> for <c>p0_mask.png</c>; null to find out.</summary>
    public string? LabelSuffix { get; init; }
}
