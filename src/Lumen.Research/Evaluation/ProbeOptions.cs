namespace Lumen.Research.Evaluation;

/// <summary>
/// How a probe is fitted: Adam on cross-entropy with a cosine schedule. The defaults fit 100,000 cells of 320 features in seconds.
/// </summary>
public sealed record ProbeOptions
{
    /// <summary>Passes over the cells; small sets get more, see <see cref="MinimumSteps"/>.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>Updates that are made at least.</summary>
    public int MinimumSteps { get; init; } = 300;

    /// <summary>Cells per update.</summary>
    public int BatchSize { get; init; } = 4096;

    /// <summary>First learning rate; falls to zero along half a cosine.</summary>
    public double LearningRate { get; init; } = 0.02;

    /// <summary>Decoupled weight decay per update, times the learning rate.</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>Seed of initial weights and of the order of the cells.</summary>
    public ulong Seed { get; init; }
}
