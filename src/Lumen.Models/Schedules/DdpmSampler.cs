using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Ancestral sampling of denoising diffusion probabilistic models (Ho et al. 2020, eq. 6 and 7), over all timesteps or some of them. Same
/// numbers as diffusers <c>DDPMScheduler</c>.
/// </summary>
public sealed class DdpmSampler : Sampler
{
    private const double LeastVariance = 1e-20;
    private readonly double[] _timesteps;
    private readonly bool _isLarge;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <exception cref="LumenException">The number of steps is out of range, the variance is a learned one, or epsilon prediction would
    /// start from pure noise.</exception>
    public DdpmSampler(NoiseSchedule schedule, int steps)
        : base(schedule, steps)
    {
        _timesteps = [.. TimestepGrid.Ascending(schedule.Config, steps).Reverse()];
        _isLarge = (schedule.Config.VarianceType ?? "fixed_small") switch
        {
            "fixed_small" or "fixed_small_log" => false,
            "fixed_large" => true,
            var other => throw new LumenException(
                LumenErrorKind.Option,
                $"DDPM does not support variance_type \"{other}\": use fixed_small or fixed_large."
            ),
        };
        RequireSignal(_timesteps[0]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => _timesteps;

    /// <inheritdoc/>
    public override bool UsesNoise(int index) => _timesteps[index] > 0;

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
        var total = AlphaCumprod(timestep, setAlphaToOne: true); // ᾱ_t
        var totalPrevious = AlphaCumprod(timestep - Schedule.Config.TrainTimesteps / InferenceSteps, setAlphaToOne: true); // ᾱ_(t-1)
        var alpha = total / totalPrevious; // α_t
        var x = sample.to_type(ScalarType.Float32);
        var original = PredictOriginal(modelOutput, index, x);

        // Eq. 7: the mean of q(x_(t-1) | x_t, x_0).
        var next =
            Math.Sqrt(totalPrevious) * (1 - alpha) / (1 - total) * original + Math.Sqrt(alpha) * (1 - totalPrevious) / (1 - total) * x;
        if (UsesNoise(index))
        {
            // Section 3.2: the two extreme choices of the variance.
            var variance = _isLarge ? 1 - alpha : Math.Max((1 - totalPrevious) / (1 - total) * (1 - alpha), LeastVariance);
            next += Math.Sqrt(variance) * Noise(noise, "DDPM");
        }
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
}
