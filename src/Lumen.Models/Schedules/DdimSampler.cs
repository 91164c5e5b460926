using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Denoising diffusion implicit models (Song, Meng &amp; Ermon 2021, eq. 12 and 16). The paper's α is ᾱ here. Same numbers as diffusers
/// <c>DDIMScheduler</c>, with zero terminal SNR and the three timestep spacings of Lin et al. 2024.
/// </summary>
public sealed class DdimSampler : Sampler
{
    private readonly SamplerOptions _options;
    private readonly double[] _timesteps;
    private readonly bool _endsAtOne;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <param name="options">η and clipping; null for the defaults.</param>
    /// <exception cref="LumenException">The number of steps or η is out of range, or epsilon prediction would start from pure
    /// noise.</exception>
    public DdimSampler(NoiseSchedule schedule, int steps, SamplerOptions? options = null)
        : base(schedule, steps)
    {
        _options = options ?? new SamplerOptions();
        if (_options.Eta is not (>= 0 and <= 1))
            throw new LumenException(
                LumenErrorKind.Option,
                FormattableString.Invariant($"DDIM's eta must be between 0 and 1 but is {_options.Eta}.")
            );
        _timesteps = [.. TimestepGrid.Ascending(schedule.Config, steps).Reverse()];
        _endsAtOne = schedule.Config.SetAlphaToOne ?? true;
        RequireSignal(_timesteps[0]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => _timesteps;

    /// <inheritdoc/>
    public override bool UsesNoise(int index) => _options.Eta > 0;

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
        var timestep = _timesteps[index];
        var alpha = AlphaCumprod(timestep, _endsAtOne); // ᾱ_t
        var alphaPrevious = AlphaCumprod(timestep - Schedule.Config.TrainTimesteps / InferenceSteps, _endsAtOne); // ᾱ_(t-1)
        var x = sample.to_type(ScalarType.Float32);
        var output = modelOutput.to_type(ScalarType.Float32);

        var original = PredictOriginal(output, index, x); // x_0, clipped
        var epsilon = _options.UseClippedModelOutput
            ? EpsilonFrom(original, x, alpha)
            : Schedule.Config.PredictionType switch
            {
                PredictionType.Epsilon => output,
                PredictionType.VPrediction => Math.Sqrt(alpha) * output + Math.Sqrt(1 - alpha) * x,
                _ => EpsilonFrom(output, x, alpha),
            };

        // Eq. 16: σ_t(η) = η √((1-ᾱ_(t-1))/(1-ᾱ_t)) √(1 - ᾱ_t/ᾱ_(t-1)).
        var sigma = _options.Eta * Math.Sqrt((1 - alphaPrevious) / (1 - alpha) * (1 - alpha / alphaPrevious));
        var towards = Math.Sqrt(Math.Max(1 - alphaPrevious - sigma * sigma, 0)) * epsilon; // the direction pointing to x_t
        var next = Math.Sqrt(alphaPrevious) * original + towards; // eq. 12
        if (_options.Eta > 0)
            next += sigma * Noise(noise, "DDIM with eta above 0");
        return (next.MoveToOuterDisposeScope(), history.Then());
    }

    /// <summary>x_0 after the configured clipping or thresholding.</summary>
    /// <inheritdoc/>
    public override Tensor PredictOriginal(Tensor modelOutput, int index, Tensor sample)
    {
        using var scope = NewDisposeScope();
        return OriginalSample
            .Bound(base.PredictOriginal(modelOutput, index, sample), Schedule.Config, clipsByDefault: true)
            .MoveToOuterDisposeScope();
    }

    // ε = (x_t - √ᾱ_t x_0) / √(1-ᾱ_t), eq. 9 turned round.
    private static Tensor EpsilonFrom(Tensor original, Tensor sample, double alpha) =>
        (sample - Math.Sqrt(alpha) * original) / Math.Sqrt(1 - alpha);
}
