namespace Lumen.Training;

/// <summary>Where a training run is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Total">Steps in all.</param>
/// <param name="Loss">Mean training loss since the last report.</param>
/// <param name="GradientNorm">Norm of the last gradient before clipping.</param>
/// <param name="SecondsPerStep">Mean over this session.</param>
/// <param name="Validation">Held-out figures where this step has them, else empty.</param>
public sealed record TrainingProgress(
    long Step,
    long Total,
    double Loss,
    double GradientNorm,
    double SecondsPerStep,
    IReadOnlyList<KeyValuePair<string, double>> Validation
)
{
    /// <summary>Estimated time to the end.</summary>
    public TimeSpan Remaining => TimeSpan.FromSeconds((Total - Step) * SecondsPerStep);
}
