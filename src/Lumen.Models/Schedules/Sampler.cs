using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Walks from noise to a sample along a noise schedule. Immutable, and <see cref="Step"/> is pure: it depends on its arguments alone and
/// changes none of them. What multistep samplers must remember is in the <see cref="StepHistory"/> that a step is given and answers with.
/// </summary>
public abstract class Sampler
{
    /// <summary>Every name of a built-in sampler: short names and class names.</summary>
    public static IReadOnlyList<string> Names => SamplerRegistry.BuiltIn.Names;

    /// <summary>The names of the built-in samplers that people type.</summary>
    public static IReadOnlyList<string> ShortNames => SamplerRegistry.BuiltIn.ShortNames;

    /// <param name="schedule">The noise schedule walked along.</param>
    /// <param name="steps">The number of steps asked for.</param>
    protected Sampler(NoiseSchedule schedule, int steps)
    {
        Schedule = schedule;
        InferenceSteps = steps;
    }

    /// <summary>The noise schedule walked along.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>The number of steps asked for. Some samplers call the denoiser more often: loop over <see cref="Calls"/>.</summary>
    public int InferenceSteps { get; }

    /// <summary>The timestep 0...T-1 given to the denoiser at each call, in order; Euler's method has fractions.</summary>
    public abstract IReadOnlyList<double> Timesteps { get; }

    /// <summary>
    /// σ before each call and behind the last one, where the sampler steps along noise levels; empty where it steps along ᾱ.
    /// </summary>
    public virtual IReadOnlyList<double> Sigmas => [];

    /// <summary>The standard deviation of the noise that the walk starts from.</summary>
    public virtual double InitialNoiseSigma => 1;

    /// <summary>A sampler by its short name or its upstream class name.</summary>
    /// <param name="name">Such as <c>ddim</c>, <c>dpmpp_2m_karras</c> or <c>DDIMScheduler</c>. A class name takes every choice from the
    /// configuration, as <c>from_config</c> does.</param>
    /// <param name="schedule">The model's noise schedule, which knows the samplers (<see cref="NoiseSchedule.Samplers"/>).</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <param name="options">Choices of the run; null for the defaults.</param>
    /// <exception cref="LumenException">The name is unknown, or the number of steps or the configuration does not fit.</exception>
    public static Sampler Create(string name, NoiseSchedule schedule, int steps, SamplerOptions? options = null) =>
        schedule.Samplers.Create(name, schedule, steps, options ?? new SamplerOptions());

    /// <summary>
    /// The indices into <see cref="Timesteps"/> of the calls from step <paramref name="begin"/> on: all of them for 0, fewer to go on from
    /// a half-noised picture.
    /// </summary>
    /// <param name="begin">0...<see cref="InferenceSteps"/> - 1.</param>
    /// <exception cref="LumenException">The sampler cannot begin midway.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public virtual IReadOnlyList<int> Calls(int begin)
    {
        RequireStep(begin);
        return [.. Enumerable.Range(begin, Timesteps.Count - begin)];
    }

    /// <summary>The sample as the denoiser wants to see it at call <paramref name="index"/>.</summary>
    /// <returns>[B, ...]; the sample itself where nothing needs scaling.</returns>
    public virtual Tensor ScaleInput(Tensor sample, int index) => sample;

    /// <summary>A sample with the noise that belongs to call <paramref name="index"/>: where a walk from a picture begins.</summary>
    /// <param name="original">x_0: [B, ...], floating point.</param>
    /// <param name="noise">Standard normal, the shape of the sample.</param>
    /// <param name="index">Position in <see cref="Timesteps"/>.</param>
    /// <returns>[B, ...], float32; the caller disposes it.</returns>
    public virtual Tensor AddNoise(Tensor original, Tensor noise, int index)
    {
        using var scope = NewDisposeScope();
        return Schedule.AddNoise(original, noise, TimestepOf(original, index)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether <see cref="Step"/> needs noise at this call.</summary>
    public virtual bool UsesNoise(int index) => false;

    /// <summary>One step towards the noise-free sample.</summary>
    /// <param name="modelOutput">The denoiser's (guided) output at <c>Timesteps[index]</c>: [B, ...], floating point.</param>
    /// <param name="index">Position in <see cref="Timesteps"/>.</param>
    /// <param name="sample">x_t: the shape of the output.</param>
    /// <param name="history">What the run remembers; <see cref="StepHistory.Empty"/> at its first step.</param>
    /// <param name="noise">Standard normal, the shape of the sample; needed where <see cref="UsesNoise"/> says so.</param>
    /// <returns>x of the next timestep, [B, ...] float32, and the history for the next step. The caller disposes both.</returns>
    /// <exception cref="ArgumentException">Noise is needed and absent.</exception>
    public abstract (Tensor Sample, StepHistory History) Step(
        Tensor modelOutput,
        int index,
        Tensor sample,
        StepHistory history,
        Tensor? noise = null
    );

    /// <summary>The noise-free sample the denoiser has in mind at this call: for previews and for measures on it.</summary>
    /// <returns>x_0: [B, ...], float32; the caller disposes it.</returns>
    public virtual Tensor PredictOriginal(Tensor modelOutput, int index, Tensor sample)
    {
        using var scope = NewDisposeScope();
        return Schedule.PredictOriginal(modelOutput, sample, TimestepOf(sample, index)).MoveToOuterDisposeScope();
    }

    /// <summary>ᾱ of a timestep; behind the last one, 1 or ᾱ_0 as <c>set_alpha_to_one</c> says.</summary>
    protected double AlphaCumprod(double timestep, bool setAlphaToOne) =>
        timestep >= 0 ? Schedule.AlphasCumprod[(int)timestep]
        : setAlphaToOne ? 1
        : Schedule.AlphasCumprod[0];

    /// <summary>Refuses a denoiser that predicts noise and is asked to start from nothing but noise.</summary>
    protected void RequireSignal(double firstTimestep)
    {
        if (Schedule.Config.PredictionType == PredictionType.Epsilon && Schedule.AlphasCumprod[(int)firstTimestep] == 0)
            throw new LumenException(
                LumenErrorKind.Option,
                "Epsilon prediction cannot start from pure noise (rescale_betas_zero_snr): such a model needs v_prediction or leading "
                    + "spacing."
            );
    }

    /// <summary>Refuses a step that the walk does not have.</summary>
    protected void RequireStep(int begin) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)begin, (uint)InferenceSteps, nameof(begin));

    /// <summary>The noise of a step in float32; a step that needs noise and gets none is a mistake of the caller.</summary>
    protected static Tensor Noise(Tensor? noise, string name) =>
        noise?.to_type(ScalarType.Float32) ?? throw new ArgumentException($"{name} needs noise at this step.", nameof(noise));

    private Tensor TimestepOf(Tensor sample, int index) => full([sample.shape[0]], (long)Timesteps[index], ScalarType.Int64);
}
