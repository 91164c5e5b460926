using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Euler's method to a lower noise level than the next one, then as much fresh noise as is missing: ancestral sampling (Song et al. 2021,
/// "Score-based generative modeling", appendix F) as k-diffusion has it. Same numbers as diffusers <c>EulerAncestralDiscreteScheduler</c>.
/// </summary>
public sealed class EulerAncestralSampler : Sampler
{
    private readonly EulerGrid _levels;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <exception cref="LumenException">The number of steps is out of range.</exception>
    public EulerAncestralSampler(NoiseSchedule schedule, int steps)
        : base(schedule, steps) => _levels = new EulerGrid(SigmaGrid.Euler(schedule, steps, mayRespace: false), schedule.Config);

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
    public override bool UsesNoise(int index) => Sigmas[index + 1] > 0;

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
        var (from, to) = (Sigmas[index], Sigmas[index + 1]);
        var up = Math.Sqrt(to * to * (from * from - to * to) / (from * from)); // σ_up: fresh noise
        var down = Math.Sqrt(to * to - up * up); // σ_down: what Euler's step leaves
        var x = sample.to_type(ScalarType.Float32);
        var slope = (x - PredictOriginal(modelOutput, index, x)) / from; // dx/dσ
        var next = x + (down - from) * slope;
        if (UsesNoise(index))
            next += up * Noise(noise, "Ancestral sampling");
        return (next.MoveToOuterDisposeScope(), history.Then());
    }
}
