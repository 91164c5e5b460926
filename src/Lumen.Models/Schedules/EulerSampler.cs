using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Euler's method on the probability flow, with optional churn (Karras et al. 2022, algorithm 2 without its second-order correction). Same
/// numbers as diffusers <c>EulerDiscreteScheduler</c>.
/// </summary>
public sealed class EulerSampler : Sampler
{
    private readonly EulerGrid _levels;
    private readonly SamplerOptions _options;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <param name="options">Churn; null for none.</param>
    /// <exception cref="LumenException">The number of steps or the churn is out of range.</exception>
    public EulerSampler(NoiseSchedule schedule, int steps, SamplerOptions? options = null)
        : base(schedule, steps)
    {
        _options = options ?? new SamplerOptions();
        if (_options.Churn is not >= 0)
            throw new LumenException(
                LumenErrorKind.Option,
                FormattableString.Invariant($"Euler's churn must be 0 or more but is {_options.Churn}.")
            );
        _levels = new EulerGrid(SigmaGrid.Euler(schedule, steps, mayRespace: true), schedule.Config);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => _levels.Grid.Timesteps;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Sigmas => _levels.Grid.Sigmas;

    /// <inheritdoc/>
    public override double InitialNoiseSigma => _levels.Initial;

    /// <inheritdoc/>
    public override Tensor ScaleInput(Tensor sample, int index) => _levels.ScaleInput(sample, index);

    /// <inheritdoc/>
    public override Tensor AddNoise(Tensor original, Tensor noise, int index) => _levels.AddNoise(original, noise, index);

    /// <inheritdoc/>
    public override Tensor PredictOriginal(Tensor modelOutput, int index, Tensor sample) => _levels.Original(modelOutput, index, sample);

    /// <inheritdoc/>
    public override bool UsesNoise(int index) => ChurnAt(index) > 0;

    /// <inheritdoc/>
    public override (Tensor Sample, StepHistory History) Step(
        Tensor modelOutput,
        int index,
        Tensor sample,
        StepHistory history,
        Tensor? noise = null
    )
    {
        using var scope = NewDisposeScope();
        var (sigma, next) = (Sigmas[index], Sigmas[index + 1]);
        var churned = sigma * (1 + ChurnAt(index)); // t̂ of the paper
        var x = sample.to_type(ScalarType.Float32);
        if (churned > sigma)
            x = x + _options.ChurnNoise * Math.Sqrt(churned * churned - sigma * sigma) * Noise(noise, "Euler with churn");
        // The denoiser saw the sample before churning; as upstream, noise prediction alone is carried to the churned level.
        var original =
            Schedule.Config.PredictionType == PredictionType.Epsilon
                ? x - churned * modelOutput.to_type(ScalarType.Float32)
                : _levels.Original(modelOutput, index, x);
        var slope = (x - original) / churned; // dx/dσ, eq. 3
        return ((x + (next - churned) * slope).MoveToOuterDisposeScope(), history.Then());
    }

    // γ of algorithm 2.
    private double ChurnAt(int index) =>
        Sigmas[index] >= _options.ChurnRange.Least && Sigmas[index] <= _options.ChurnRange.Most
            ? Math.Min(_options.Churn / (Sigmas.Count - 1), Math.Sqrt(2) - 1)
            : 0;
}
