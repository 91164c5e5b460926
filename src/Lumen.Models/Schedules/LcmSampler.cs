using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Multistep sampling of latent consistency models (Luo et al. 2023, algorithm 3): every step predicts the original and, but for the last,
/// adds noise again. For models distilled to it. Same numbers as diffusers <c>LCMScheduler</c>.
/// </summary>
public sealed class LcmSampler : Sampler
{
    private const double DataDeviation = 0.5; // σ_data of the boundary condition (Song et al. 2023, appendix C)
    private readonly double[] _timesteps;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1 to the number the model was distilled with (<c>original_inference_steps</c>).</param>
    /// <exception cref="LumenException">The number of steps is out of range, or epsilon prediction would start from pure noise.</exception>
    public LcmSampler(NoiseSchedule schedule, int steps)
        : base(schedule, steps)
    {
        var config = schedule.Config;
        var known = config.OriginalInferenceSteps ?? 50;
        if (known > config.TrainTimesteps)
            throw new LumenException(
                LumenErrorKind.Option,
                $"original_inference_steps must be at most num_train_timesteps = {config.TrainTimesteps} but is {known}."
            );
        if (steps < 1 || steps > known)
            throw new LumenException(LumenErrorKind.Option, $"LCM takes 1 to {known} steps (original_inference_steps) but got {steps}.");
        var stride = config.TrainTimesteps / known;
        _timesteps =
        [
            .. Enumerable.Range(0, steps).Select(step => (known - (long)Math.Floor(step * (known / (double)steps))) * stride - 1.0),
        ];
        RequireSignal(_timesteps[0]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => _timesteps;

    /// <inheritdoc/>
    public override bool UsesNoise(int index) => index < _timesteps.Length - 1;

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
        var x = sample.to_type(ScalarType.Float32);
        // Luo et al. 2023, eq. 9: f(x, t) = c_skip(t) x + c_out(t) x_0, which is x itself at t = 0.
        var time = _timesteps[index] * (Schedule.Config.TimestepScaling ?? 10);
        var square = DataDeviation * DataDeviation;
        var next = square / (time * time + square) * x + time / Math.Sqrt(time * time + square) * PredictOriginal(modelOutput, index, x);
        if (UsesNoise(index))
        {
            var alpha = AlphaCumprod(_timesteps[index + 1], Schedule.Config.SetAlphaToOne ?? true);
            next = Math.Sqrt(alpha) * next + Math.Sqrt(1 - alpha) * Noise(noise, "LCM");
        }
        return (next.MoveToOuterDisposeScope(), history.Then());
    }

    /// <summary>x_0 after the configured clipping or thresholding.</summary>
    /// <inheritdoc/>
    public override Tensor PredictOriginal(Tensor modelOutput, int index, Tensor sample)
    {
        using var scope = NewDisposeScope();
        return OriginalSample
            .Bound(base.PredictOriginal(modelOutput, index, sample), Schedule.Config, clipsByDefault: false)
            .MoveToOuterDisposeScope();
    }
}
