using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using Lumen.Models.Schedules;

namespace Lumen.Generation;

/// <summary>
/// How pictures are generated: the one description of it that the library takes, that PNG files, manifests and recipes store, and that the
/// command line's flags fill. Names, meanings and JSON keys are those of diffusers' pipelines.
/// </summary>
/// <remarks>
/// A new option is a property here, its use where it acts, and a row in the command line's table of flags; reading, writing and checking
/// follow from the attributes.
/// </remarks>
public sealed record GenerationOptions
{
    /// <summary>Most pictures of one call: all of them go to one contact sheet.</summary>
    public const int MaxCount = 10_000;

    /// <summary>Most pictures in one pass.</summary>
    public const int MaxBatchSize = 64;

    /// <summary>Longest side of a result in pixels.</summary>
    public const int MaxSide = 4096;

    /// <summary>What the result must not look like.</summary>
    [JsonPropertyName("negative_prompt")]
    public string NegativePrompt { get; init; } = "";

    /// <summary>Denoising steps.</summary>
    [JsonPropertyName("num_inference_steps"), Range(1, 1000)]
    public int NumInferenceSteps { get; init; } = 20;

    /// <summary>
    /// Sampler: <c>ddim</c>, <c>dpmpp_2m_karras</c>, ..., or the name of a diffusers class; null: the model's own, from its scheduler
    /// configuration.
    /// </summary>
    [JsonPropertyName("scheduler")]
    public string? Scheduler { get; init; }

    /// <summary>DDIM's η: 0 is deterministic, 1 adds as much noise as DDPM.</summary>
    [JsonPropertyName("eta"), Range(0.0, 1.0)]
    public double Eta { get; init; }

    /// <summary>Classifier-free guidance (Ho and Salimans 2022): 1 switches it off.</summary>
    [JsonPropertyName("guidance_scale"), Range(1.0, 50.0)]
    public double GuidanceScale { get; init; } = 3;

    /// <summary>Fraction of the steps at which classifier-free guidance starts; see <see cref="GuidesAt"/>.</summary>
    [JsonPropertyName("guidance_start"), Range(0.0, 1.0)]
    public double GuidanceStart { get; init; }

    /// <summary>
    /// Fraction of the steps at which classifier-free guidance stops. The steps outside follow the prompt alone and take half the time
    /// (guidance in a limited interval, Kynkäänniemi et al. 2024).
    /// </summary>
    [JsonPropertyName("guidance_end"), Range(0.0, 1.0)]
    public double GuidanceEnd { get; init; } = 1;

    /// <summary>
    /// Guidance of its own for the layout, beside that of the prompt: above 1 the result is pushed away from what it would be without the
    /// layout, below 1 towards it; 1 is off. Every step then calls the denoiser once more, without the adapter (InstructPix2Pix's
    /// equation 3, Brooks et al. 2023, with the layout for the picture).
    /// </summary>
    [JsonPropertyName("layout_guidance_scale"), Range(0.0, 10.0)]
    public double LayoutGuidanceScale { get; init; } = 1;

    /// <summary>
    /// Computes the whole denoiser in every N-th step only; the steps between take its deep features over (DeepCache, Ma et al. 2024,
    /// branch 0). 1 is off; 2 or 3 save much of the time for a small change of the result.
    /// </summary>
    [JsonPropertyName("cache_interval"), Range(1, 20)]
    public int CacheInterval { get; init; } = 1;

    /// <summary>Weight of the adapter's residuals: 0 ignores the layout.</summary>
    [JsonPropertyName("controlnet_conditioning_scale"), Range(0.0, 2.0)]
    public double ConditioningScale { get; init; } = 1;

    /// <summary>Fraction of the steps at which the adapter starts; see <see cref="ControlsAt"/>.</summary>
    [JsonPropertyName("control_guidance_start"), Range(0.0, 1.0)]
    public double ControlGuidanceStart { get; init; }

    /// <summary>Fraction of the steps at which the adapter stops; 0 switches it off.</summary>
    [JsonPropertyName("control_guidance_end"), Range(0.0, 1.0)]
    public double ControlGuidanceEnd { get; init; } = 1;

    /// <summary>
    /// Image-to-image strength, with a picture to begin from (<see cref="GenerationRequest.Initial"/>): the share of the steps that is
    /// made. Small values stay near the picture; 1 leaves nothing of it.
    /// </summary>
    [JsonPropertyName("strength"), Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Strength { get; init; } = 1;

    /// <summary>The first N components of the layout are used: fewer give more freedom. Null: all.</summary>
    [JsonPropertyName("components"), Range(1, int.MaxValue)]
    public int? Components { get; init; }

    /// <summary>
    /// Width of the results in pixels; null follows <see cref="Height"/> by the reference's proportions, or without both the reference at
    /// the model's native size.
    /// </summary>
    [JsonPropertyName("width"), Range(1, MaxSide)]
    public int? Width { get; init; }

    /// <summary>Height of the results in pixels; null as with <see cref="Width"/>.</summary>
    [JsonPropertyName("height"), Range(1, MaxSide)]
    public int? Height { get; init; }

    /// <summary>Seed of the starting noise; picture i uses its own stream of it, whatever the count and batch size.</summary>
    [JsonPropertyName("seed")]
    public ulong Seed { get; init; } = 1;

    /// <summary>Pictures of one prompt, each from noise of its own.</summary>
    [JsonPropertyName("num_images_per_prompt"), Range(1, MaxCount)]
    public int Count { get; init; } = 1;

    /// <summary>
    /// Pictures in one pass; null chooses, on a processor so that no picture depends on how many are made with it. A number that is given
    /// may change last digits of a picture (see <c>docs/formats.md</c>).
    /// </summary>
    [JsonPropertyName("batch_size"), Range(1, MaxBatchSize)]
    public int? BatchSize { get; init; }

    /// <summary>
    /// Decodes results by overlapping tiles of five eighths of the model's native size: less memory, for colours that may differ a little
    /// from tile to tile (diffusers' <c>enable_vae_tiling</c>).
    /// </summary>
    [JsonPropertyName("vae_tiling")]
    public bool VaeTiling { get; init; }

    /// <summary>
    /// Whether the adapter acts in a step, by diffusers' rule: the whole of step i of N, from i/N to (i+1)/N, must lie between
    /// <see cref="ControlGuidanceStart"/> and <see cref="ControlGuidanceEnd"/>.
    /// </summary>
    /// <param name="step">0...<paramref name="steps"/> - 1, among the calls of the denoiser.</param>
    /// <param name="steps">How many there are.</param>
    public bool ControlsAt(int step, int steps) => IsWithin(step, steps, ControlGuidanceStart, ControlGuidanceEnd);

    /// <summary>
    /// Whether classifier-free guidance acts in a step: where <see cref="GuidanceScale"/> is above 1 and the whole of the step lies between
    /// <see cref="GuidanceStart"/> and <see cref="GuidanceEnd"/>.
    /// </summary>
    /// <param name="step">0...<paramref name="steps"/> - 1, among the calls of the denoiser.</param>
    /// <param name="steps">How many there are.</param>
    public bool GuidesAt(int step, int steps) => GuidanceScale > 1 && IsWithin(step, steps, GuidanceStart, GuidanceEnd);

    private static bool IsWithin(int step, int steps, double start, double end) =>
        step / (double)steps >= start && (step + 1) / (double)steps <= end;

    /// <summary>
    /// The step that a walk from a picture begins with: diffusers' image-to-image pipelines round the number of steps made down.
    /// </summary>
    internal int FirstStep => NumInferenceSteps - Math.Min((int)(NumInferenceSteps * Strength), NumInferenceSteps);

    /// <summary>The sampler's name, or where none was chosen the model's own class.</summary>
    /// <exception cref="LumenException">None was chosen and the model's own is not supported.</exception>
    public string SchedulerFor(NoiseSchedule schedule)
    {
        if (Scheduler is not null)
            return Scheduler;
        var own = schedule.Config.ClassName;
        return schedule.Samplers.Names.Contains(own)
            ? schedule.Samplers.ShortNameOf(own)
            : throw new LumenException(
                LumenErrorKind.Model,
                $"The model's own scheduler {own} is not supported. Choose one with `Scheduler`: "
                    + $"{string.Join(", ", schedule.Samplers.ShortNames)}."
            );
    }

    /// <summary>The sampler that a run with these options has.</summary>
    /// <exception cref="LumenException">It is not supported, or does not fit the model or the number of steps.</exception>
    public Sampler NewSampler(NoiseSchedule schedule)
    {
        var name = SchedulerFor(schedule);
        var sampler = Sampler.Create(name, schedule, NumInferenceSteps, new SamplerOptions { Eta = Eta });
        return sampler.Timesteps.Count > 0
            ? sampler
            : throw new LumenException(
                LumenErrorKind.Option,
                $"The sampler {name} gives no {nameof(Sampler.Timesteps)} for {NumInferenceSteps} steps; one or more are expected. Choose "
                    + "another with `Scheduler`, or correct its type."
            );
    }

    /// <summary>Values out of range.</summary>
    /// <param name="trainTimesteps">Steps that the model was trained on: no more can be made.</param>
    public IReadOnlyList<OptionFault> Faults(int trainTimesteps = 1000)
    {
        List<OptionFault> faults = [.. OptionRanges.Faults(this)];
        if (NumInferenceSteps > trainTimesteps && NumInferenceSteps <= 1000)
            Add($"{{0}} must be 1 to {trainTimesteps} but is {NumInferenceSteps}.", nameof(NumInferenceSteps));
        AddWindow(ControlGuidanceStart, ControlGuidanceEnd, nameof(ControlGuidanceStart), nameof(ControlGuidanceEnd));
        AddWindow(GuidanceStart, GuidanceEnd, nameof(GuidanceStart), nameof(GuidanceEnd));
        if (NumInferenceSteps * Strength is < 1 and > 0)
            Add(
                $"A {{0}} of {Strength} leaves none of {NumInferenceSteps} steps: raise it or {{1}}.",
                nameof(Strength),
                nameof(NumInferenceSteps)
            );
        return faults;

        void AddWindow(double start, double end, params string[] properties)
        {
            if (start > end)
                Add($"{{0}} and {{1}} must be 0 to 1 in this order but are {start} and {end}.", properties);
        }

        void Add(FormattableString text, params string[] properties) =>
            faults.Add(new OptionFault(properties, text.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Refuses values out of range, all of them in one message.</summary>
    /// <param name="trainTimesteps">Steps that the model was trained on: no more can be made.</param>
    /// <exception cref="LumenException">A value is out of range.</exception>
    public void Validate(int trainTimesteps = 1000) => OptionFault.Refuse(Faults(trainTimesteps));
}
