namespace Lumen.Augmentation;

/// <summary>What an augmentation will do, before anything is done.</summary>
/// <param name="Split">Part of the data set that pictures are made from.</param>
/// <param name="Items">Its pictures in this shard.</param>
/// <param name="Total">New pictures of this shard in all.</param>
/// <param name="Done">Those that earlier runs settled.</param>
/// <param name="HeldOut">Pictures of the parts that are never touched.</param>
/// <param name="LabelBytes">Bytes of label copies that are still to be made; 0 where they are linked.</param>
/// <param name="Domains">New pictures of each domain.</param>
public sealed record AugmentationPlan(
    string Split,
    long Items,
    long Total,
    long Done,
    long HeldOut,
    long LabelBytes,
    IReadOnlyDictionary<string, long> Domains
)
{
    /// <summary>What the user should know before anything is done, in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Pictures of the whole part, of which a limit chooses <see cref="Items"/>.</summary>
    public long PartItems { get; init; }

    /// <summary>Those of <see cref="Items"/> that have a caption.</summary>
    public long Captioned { get; init; }

    /// <summary>Those of <see cref="Items"/> that have all their label files, at least one.</summary>
    public long Labelled { get; init; }

    /// <summary>Bytes of originals that are still to be copied; 0 where they are linked.</summary>
    public long OriginalBytes { get; init; }
}
