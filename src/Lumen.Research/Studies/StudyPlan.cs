namespace Lumen.Research.Studies;

/// <summary>What a study is going to do.</summary>
public sealed record StudyPlan
{
    /// <summary>The units of work in their order.</summary>
    public required IReadOnlyList<StudyUnit> Units { get; init; }

    /// <summary>
    /// What decides the figures of each condition besides the recipe: hashes of weights. Results of other weights are not mixed in.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Identities { get; init; }

    /// <summary>What is left out, with the reason.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>Bytes that the figures of a picture take on the disk, about.</summary>
    public int BytesPerPicture { get; init; } = 5000;

    /// <summary>Seconds a picture, by a short trial; it is called only if there is work to do.</summary>
    public required Func<double> SecondsPerPicture { get; init; }
}
