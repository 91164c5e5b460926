using Lumen.Core;
using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Walks from noise to a sample along a noise schedule. Immutable: <see cref="Step"/> depends on its arguments alone, and what multistep samplers must
/// remember lives in the loop's <see cref="StepHistory"/>.
/// </summary>
public abstract class Sampler
{
    // One line for each sampler: the name people type, the upstream class, how it is made.
    private static readonly (string Name, string ClassName, Func<NoiseSchedule, int, SamplerOptions, Sampler> Make)[] Table =
    [
        ("ddim", "DDIMScheduler", (schedule, steps, options) => new DdimSampler(schedule, steps, options)),
        ("pndm", "PNDMScheduler", (schedule, steps, _) => new PndmSampler(schedule, steps)),
    ];

    private protected Sampler(NoiseSchedule schedule, int steps)
    {
        Schedule = schedule;
        InferenceSteps = steps;
    }

    /// <summary>Every name that <see cref="Create"/> accepts.</summary>
    public static IReadOnlyList<string> Names => [.. Table.SelectMany(row => new[] { row.Name, row.ClassName })];

    /// <summary>The noise schedule walked along.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>The number of steps asked for. Some samplers call the denoiser more often: loop over <see cref="Timesteps"/>.</summary>
    public int InferenceSteps { get; }

    /// <summary>The timestep 0...T-1 given to the denoiser at each call, in order.</summary>
    public abstract IReadOnlyList<long> Timesteps { get; }

    /// <summary>The standard deviation of the noise that the walk starts from.</summary>
    public virtual double InitialNoiseSigma => 1;

    /// <summary>A sampler by its upstream class name or its short name.</summary>
    /// <param name="className">Such as <c>DDIMScheduler</c> or <c>ddim</c>.</param>
    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <param name="options">Choices of the run; null for the defaults.</param>
    /// <exception cref="LumenException">The name is unknown, or the number of steps or the configuration does not fit.</exception>
    public static Sampler Create(string className, NoiseSchedule schedule, int steps, SamplerOptions? options = null)
    {
        var row = Table.FirstOrDefault(row =>
            string.Equals(row.Name, className, StringComparison.OrdinalIgnoreCase) || string.Equals(row.ClassName, className, StringComparison.Ordinal));
        return row.Make is null
            ? throw new LumenException($"The sampler \"{className}\" is not supported; known are {string.Join(", ", Names)}.")
            : row.Make(schedule, steps, options ?? new SamplerOptions());
    }

    /// <summary>The sample as the denoiser wants to see it at call <paramref name="index"/>.</summary>
    /// <returns>[B, ...]; the sample itself where nothing needs scaling.</returns>
    public virtual Tensor ScaleInput(Tensor sample, int index) => sample;

    /// <summary>Whether <see cref="Step"/> needs noise at this call.</summary>
    public virtual bool UsesNoise(int index) => false;

    /// <summary>One step towards the noise-free sample.</summary>
    /// <param name="modelOutput">The denoiser's (guided) output at <c>Timesteps[index]</c>: [B, ...], floating point.</param>
    /// <param name="index">Position in <see cref="Timesteps"/>.</param>
    /// <param name="sample">x_t: the shape of the output.</param>
    /// <param name="history">This run's memory.</param>
    /// <param name="noise">Standard normal, the shape of the sample; needed where <see cref="UsesNoise"/> says so.</param>
    /// <returns>x of the next timestep: [B, ...], float32; the caller disposes it.</returns>
    public abstract Tensor Step(Tensor modelOutput, int index, Tensor sample, StepHistory history, Tensor? noise = null);

    /// <summary>The noise-free sample the denoiser has in mind at this call: for previews and for measures on it.</summary>
    /// <returns>x_0: [B, ...], float32; the caller disposes it.</returns>
    public virtual Tensor PredictOriginal(Tensor modelOutput, int index, Tensor sample)
    {
        using var scope = NewDisposeScope();
        var timesteps = full([sample.shape[0]], Timesteps[index], ScalarType.Int64);
        return Schedule.PredictOriginal(modelOutput, sample, timesteps).MoveToOuterDisposeScope();
    }

    /// <summary>ᾱ of a timestep; behind the last one, 1 or ᾱ_0 as <c>set_alpha_to_one</c> says.</summary>
    private protected double AlphaCumprod(long timestep, bool setAlphaToOne) =>
        timestep >= 0 ? Schedule.AlphasCumprod[(int)timestep] : setAlphaToOne ? 1 : Schedule.AlphasCumprod[0];
}
