namespace Lumen.Metrics;

/// <summary>What <see cref="DepthErrors"/> found; d = ln predicted - ln true, means over all valid pixels.</summary>
public sealed record DepthFigures
{
    /// <summary>Valid pixels.</summary>
    public required long Count { get; init; }

    /// <summary>Mean of |predicted - true| / true.</summary>
    public required double AbsRel { get; init; }

    /// <summary>Mean of (predicted - true)^2 / true, metres.</summary>
    public required double SqRel { get; init; }

    /// <summary>Root of the mean squared error, metres.</summary>
    public required double Rmse { get; init; }

    /// <summary>Root of the mean of d^2.</summary>
    public required double RmseLog { get; init; }

    /// <summary>Mean of |log10 predicted - log10 true|.</summary>
    public required double Log10 { get; init; }

    /// <summary>Mean absolute error, metres.</summary>
    public required double Mae { get; init; }

    /// <summary>Share of pixels whose ratio to the truth, or its inverse, is below 1.25.</summary>
    public required double Delta1 { get; init; }

    /// <summary>Share below 1.25^2.</summary>
    public required double Delta2 { get; init; }

    /// <summary>Share below 1.25^3.</summary>
    public required double Delta3 { get; init; }

    /// <summary>sqrt(mean d^2 - (mean d)^2): blind to a common scale. KITTI prints it times 100.</summary>
    public required double SiLog { get; init; }

    /// <summary>mean d^2 - 0.5 (mean d)^2: the scale-invariant error of Eigen et al. with lambda 0.5.</summary>
    public required double ScaleInvariantMseLog { get; init; }
}
