using System.Text.Json;

namespace Lumen.Models.Schedules;

/// <summary>
/// A diffusers <c>scheduler/scheduler_config.json</c> (names and defaults of diffusers 0.27.2 to 0.35). Entries whose default depends on
/// the sampler are null when the file leaves them out: the sampler that runs decides, as <c>from_config</c> does upstream.
/// </summary>
public sealed partial record SchedulerConfig
{
    /// <summary><c>_class_name</c>: the upstream sampler, such as <c>DDIMScheduler</c>.</summary>
    public string ClassName { get; init; } = "DDIMScheduler";

    /// <summary>T, number of training timesteps.</summary>
    public int TrainTimesteps { get; init; } = 1000;

    /// <summary>β of the first timestep, in (0, 1).</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>β of the last timestep, in (0, 1).</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>How β runs between the two.</summary>
    public BetaSchedule BetaSchedule { get; init; } = BetaSchedule.Linear;

    /// <summary>All β one by one, instead of the three entries above.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>Whether the predicted original sample is clipped; null: the sampler's default (DDIM and DDPM: yes).</summary>
    public bool? ClipSample { get; init; }

    /// <summary>Largest magnitude after clipping.</summary>
    public double ClipSampleRange { get; init; } = 1;

    /// <summary>
    /// Whether ᾱ behind the last step is 1 instead of ᾱ of timestep 0; null: the sampler's default (DDIM and LCM: yes, PNDM: no).
    /// </summary>
    public bool? SetAlphaToOne { get; init; }

    /// <summary>Added to every timestep with leading spacing.</summary>
    public int StepsOffset { get; init; }

    /// <summary>What the denoiser's output means.</summary>
    public PredictionType PredictionType { get; init; } = PredictionType.Epsilon;

    /// <summary>
    /// Which timesteps are visited; null: the sampler's default (linspace where steps are noise levels, leading elsewhere).
    /// </summary>
    public TimestepSpacing? TimestepSpacing { get; init; }

    /// <summary>Whether β is rescaled so that the last timestep is pure noise (Lin et al. 2024, algorithm 1).</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>Whether the predicted original sample is thresholded dynamically (Saharia et al. 2022).</summary>
    public bool Thresholding { get; init; }

    /// <summary>Quantile of the magnitudes that dynamic thresholding scales to 1, in [0, 1].</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>Largest threshold of dynamic thresholding.</summary>
    public double SampleMaxValue { get; init; } = 1;

    /// <summary>PNDM: whether the Runge-Kutta start is left out (PLMS, what Stable Diffusion uses).</summary>
    public bool SkipPrkSteps { get; init; }

    /// <summary>
    /// Entries that only the sampler of <see cref="ClassName"/> has, as it declares them (<see cref="SamplerType.ConfigEntries"/>); null
    /// for none.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement>? OwnEntries { get; init; }

    /// <summary>Reads a <c>scheduler_config.json</c>.</summary>
    /// <param name="json">The file's text.</param>
    /// <param name="samplers">The samplers whose entries are known; null for the built-in ones.</param>
    /// <exception cref="LumenException">Not JSON, or entries that are unknown, of the wrong kind or not supported: all are named in one
    /// message.</exception>
    public static SchedulerConfig Parse(string json, SamplerRegistry? samplers = null) =>
        SchedulerJson.Read(json, samplers ?? SamplerRegistry.BuiltIn);

    /// <summary>The file diffusers would write: indented JSON.</summary>
    public string ToJson() => SchedulerJson.Write(this);
}

/// <summary>
/// How the noise variances β run from the first to the last training timestep. Names in JSON: linear, scaled_linear, squaredcos_cap_v2.
/// </summary>
public enum BetaSchedule
{
    /// <summary>β itself is linear (Ho et al. 2020).</summary>
    Linear,

    /// <summary>√β is linear (latent diffusion).</summary>
    ScaledLinear,

    /// <summary>ᾱ is a squared cosine, β at most 0.999 (Nichol &amp; Dhariwal 2021).</summary>
    SquaredCosine,
}

/// <summary>Which of the training timesteps a sampler visits (Lin et al. 2024, table 2).</summary>
public enum TimestepSpacing
{
    /// <summary>0, r, 2r, ... plus the offset; never the last training timestep.</summary>
    Leading,

    /// <summary>Evenly from the first to the last training timestep, both included.</summary>
    Linspace,

    /// <summary>T-1, T-1-r, ...; always begins at the last training timestep.</summary>
    Trailing,
}

/// <summary>What a denoiser's output means.</summary>
public enum PredictionType
{
    /// <summary>The noise that was added (Ho et al. 2020).</summary>
    Epsilon,

    /// <summary>The velocity v = √ᾱ·noise - √(1-ᾱ)·sample (Salimans &amp; Ho 2022).</summary>
    VPrediction,

    /// <summary>The noise-free sample itself.</summary>
    Sample,
}
