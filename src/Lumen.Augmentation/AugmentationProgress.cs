namespace Lumen.Augmentation;

/// <summary>How far an augmentation is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Parts done; while generating, new pictures that are settled, those of earlier runs included.</param>
/// <param name="Total">Parts in all.</param>
public readonly record struct AugmentationProgress(AugmentationStage Stage, long Done, long Total)
{
    /// <summary>New pictures of this run that were accepted.</summary>
    public long Accepted { get; init; }

    /// <summary>Those that never reached the agreement asked for.</summary>
    public long Rejected { get; init; }

    /// <summary>Those that were not made because their source is in a held-out part.</summary>
    public long LeftOut { get; init; }

    /// <summary>Those that could not be made because a file is missing or damaged.</summary>
    public long Failed { get; init; }

    /// <summary>Mean time of a new picture of this run; 0 before the first.</summary>
    public double SecondsPerPicture { get; init; }

    /// <summary>Time until all are made, at that rate.</summary>
    public TimeSpan Remaining => TimeSpan.FromSeconds(SecondsPerPicture * (Total - Done));

    /// <summary>Disk space in bytes that the rest of the run takes, measured on the first picture; 0 before it.</summary>
    public long RemainingBytes { get; init; }
}
