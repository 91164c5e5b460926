using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// How much of a sample is left at each training timestep: the forward process q(x_t | x_0) = N(√ᾱ_t x_0, (1-ᾱ_t) I) (Ho et al. 2020, eq.
/// 4). Immutable; everything is computed in float32 whatever the type of its inputs.
/// </summary>
public sealed class NoiseSchedule
{
    private readonly double[] _alphasCumprod;

    /// <summary>Computes the schedule that the configuration describes.</summary>
    /// <param name="config">Parsed <c>scheduler_config.json</c>.</param>
    public NoiseSchedule(SchedulerConfig config)
    {
        Config = config;
        _alphasCumprod = Betas.AlphasCumprod(config);
    }

    private NoiseSchedule(SchedulerConfig config, double[] alphasCumprod) => (Config, _alphasCumprod) = (config, alphasCumprod);

    /// <summary>The samplers that can walk along it by name.</summary>
    public SamplerRegistry Samplers { get; init; } = SamplerRegistry.BuiltIn;

    /// <summary>The configuration this schedule was made from.</summary>
    public SchedulerConfig Config { get; }

    /// <summary>ᾱ_t of every training timestep, descending in [0, 1]; rounded to float32 as upstream's are.</summary>
    public IReadOnlyList<double> AlphasCumprod => _alphasCumprod;

    /// <summary>The same noise with other choices of the sampler.</summary>
    internal NoiseSchedule With(Func<SchedulerConfig, SchedulerConfig> change) =>
        new(change(Config), _alphasCumprod) { Samplers = Samplers };

    /// <summary>√ᾱ_t x_0 + √(1-ᾱ_t) noise (Ho et al. 2020, eq. 4).</summary>
    /// <param name="sample">x_0: [B, ...], floating point.</param>
    /// <param name="noise">Standard normal, the shape of the sample.</param>
    /// <param name="timesteps">[B], 0...T-1, integer.</param>
    /// <returns>[B, ...], float32.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A timestep is not a training timestep.</exception>
    public Tensor AddNoise(Tensor sample, Tensor noise, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = Weights(sample, noise, timesteps);
        return (signal * Single(sample) + spread * Single(noise)).MoveToOuterDisposeScope();
    }

    /// <summary>v = √ᾱ_t noise - √(1-ᾱ_t) x_0 (Salimans &amp; Ho 2022, appendix D).</summary>
    /// <inheritdoc cref="AddNoise"/>
    public Tensor Velocity(Tensor sample, Tensor noise, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = Weights(sample, noise, timesteps);
        return (signal * Single(noise) - spread * Single(sample)).MoveToOuterDisposeScope();
    }

    /// <summary>What a denoiser should say in training, by the configured prediction type: the noise, the velocity or the sample.</summary>
    /// <inheritdoc cref="AddNoise"/>
    public Tensor Target(Tensor sample, Tensor noise, Tensor timesteps) =>
        Config.PredictionType switch
        {
            PredictionType.Epsilon => Copy(noise),
            PredictionType.VPrediction => Velocity(sample, noise, timesteps),
            _ => Copy(sample),
        };

    /// <summary>x_0 from a denoiser's output, by the configured prediction type (Song et al. 2021, eq. 9 for epsilon).</summary>
    /// <param name="modelOutput">[B, ...], floating point.</param>
    /// <param name="sample">x_t: the shape of the output.</param>
    /// <param name="timesteps">[B], 0...T-1, integer.</param>
    /// <returns>[B, ...], float32.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A timestep is not a training timestep.</exception>
    public Tensor PredictOriginal(Tensor modelOutput, Tensor sample, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = Weights(sample, modelOutput, timesteps);
        var original = Config.PredictionType switch
        {
            PredictionType.Epsilon => (Single(sample) - spread * Single(modelOutput)) / signal,
            PredictionType.VPrediction => signal * Single(sample) - spread * Single(modelOutput),
            _ => Copy(modelOutput),
        };
        return original.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Min-SNR weights of the squared error (Hang et al. 2023, "Efficient Diffusion Training via Min-SNR Weighting Strategy", section 3.4),
    /// by what is predicted: with SNR = ᾱ_t / (1-ᾱ_t), min(SNR, γ) / SNR for the noise, min(SNR, γ) / (SNR + 1) for the velocity and
    /// min(SNR, γ) for the sample. All are the same weight of the error of x_0.
    /// </summary>
    /// <param name="timesteps">[B], 0...T-1, integer.</param>
    /// <param name="gamma">Limit γ, above 0; 5 in the paper.</param>
    /// <returns>[B], float32, on the processor.</returns>
    public Tensor MinSnrWeights(Tensor timesteps, double gamma) =>
        tensor(
            timesteps.to(ScalarType.Int64, CPU).data<long>().ToArray().Select(t => (float)MinSnrWeight(AlphaCumprodAt(t), gamma)).ToArray()
        );

    // In forms that hold where ᾱ is 0 or 1.
    private double MinSnrWeight(double alpha, double gamma) =>
        Config.PredictionType switch
        {
            PredictionType.Epsilon => alpha <= 0 ? 1 : Math.Min(1, gamma * (1 - alpha) / alpha),
            PredictionType.VPrediction => Math.Min(alpha, gamma * (1 - alpha)),
            _ => alpha >= 1 ? gamma : Math.Min(alpha / (1 - alpha), gamma),
        };

    /// <summary>√ᾱ_t and √(1-ᾱ_t), each [B, 1, ...].</summary>
    private (Tensor Signal, Tensor Spread) Weights(Tensor sample, Tensor other, Tensor timesteps)
    {
        Shape.Require(other, "the second tensor", $"{Shape.Text(sample.shape)} like the first", s => s.SequenceEqual(sample.shape));
        Shape.Require(
            timesteps,
            "timesteps",
            $"[{sample.shape[0]}], one for each sample",
            s => s is [var count] && count == sample.shape[0]
        );
        var kept = timesteps.to(ScalarType.Int64, CPU).data<long>().ToArray().Select(AlphaCumprodAt).ToArray();
        var shape = sample.shape.Select((size, axis) => axis == 0 ? size : 1).ToArray();
        return (Column(kept.Select(Math.Sqrt)), Column(kept.Select(alpha => Math.Sqrt(1 - alpha))));

        Tensor Column(IEnumerable<double> values) => tensor(values.Select(v => (float)v).ToArray()).reshape(shape).to(sample.device);
    }

    private double AlphaCumprodAt(long timestep) =>
        timestep >= 0 && timestep < _alphasCumprod.Length
            ? _alphasCumprod[timestep]
            : throw new ArgumentOutOfRangeException(nameof(timestep), timestep, $"timesteps must be 0...{_alphasCumprod.Length - 1}.");

    private static Tensor Single(Tensor x) => x.to_type(ScalarType.Float32);

    private static Tensor Copy(Tensor x) => x.to(ScalarType.Float32, copy: true);
}
