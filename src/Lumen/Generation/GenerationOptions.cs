using Lumen.Models.Schedules;

namespace Lumen.Generation;

/// <summary>How pictures are sampled; the names are those of diffusers.</summary>
public sealed record GenerationOptions
{
    /// <summary>What the result must not look like.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Denoising steps.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Classifier-free guidance (Ho and Salimans 2022): 1 switches it off.</summary>
    public double GuidanceScale { get; init; } = 3;

    /// <summary>Weight of the adapter's residuals: 0 ignores the layout.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Fraction of the steps, 0...1, at which the adapter starts; see <see cref="ControlsAt"/>.</summary>
    public double ControlStart { get; init; }

    /// <summary>Fraction of the steps, 0...1, at which the adapter stops; 0 switches it off.</summary>
    public double ControlEnd { get; init; } = 1;

    /// <summary>Seed of the starting noise; picture i uses its own stream of it, whatever the batch size.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Sampler name: <c>ddim</c>, <c>dpmpp_2m_karras</c>, ...; null: the model's own, from its scheduler configuration.</summary>
    public string? Sampler { get; init; }

    /// <summary>DDIM's η, 0...1: 0 is deterministic, 1 adds as much noise as DDPM.</summary>
    public double Eta { get; init; }

    /// <summary>
    /// With a picture to begin from (<see cref="GenerationRequest.Initial"/>): the share of the steps that is made, above 0 to 1. Small
    /// values stay near the picture; 1 leaves nothing of it.
    /// </summary>
    public double DenoisingStrength { get; init; } = 1;

    /// <summary>
    /// Whether the adapter acts in a step, by diffusers' rule: the whole of step i of N, from i/N to (i+1)/N, must lie between
    /// <see cref="ControlStart"/> and <see cref="ControlEnd"/>.
    /// </summary>
    /// <param name="step">0...<paramref name="steps"/> - 1, among the calls of the denoiser.</param>
    /// <param name="steps">How many there are.</param>
    public bool ControlsAt(int step, int steps) => step / (double)steps >= ControlStart && (step + 1) / (double)steps <= ControlEnd;

    /// <summary>
    /// The step that a walk from a picture begins with: diffusers' image-to-image pipelines round the number of steps made down.
    /// </summary>
    internal int FirstStep => Steps - Math.Min((int)(Steps * DenoisingStrength), Steps);

    /// <summary>The sampler's name, or where none was chosen the model's own class.</summary>
    /// <exception cref="LumenException">None was chosen and the model's own is not supported.</exception>
    public string SamplerName(NoiseSchedule schedule)
    {
        if (Sampler is not null)
            return Sampler;
        var own = schedule.Config.ClassName;
        return Models.Schedules.Sampler.Names.Contains(own)
            ? Models.Schedules.Sampler.ShortNameOf(own)
            : throw new LumenException(
                $"The model's own scheduler {own} is not supported. Choose one with `Scheduler`: "
                    + $"{string.Join(", ", Models.Schedules.Sampler.ShortNames)}."
            );
    }

    /// <summary>The sampler that a run with these options has.</summary>
    /// <exception cref="LumenException">It is not supported, or does not fit the model or the number of steps.</exception>
    public Sampler NewSampler(NoiseSchedule schedule) =>
        Models.Schedules.Sampler.Create(SamplerName(schedule), schedule, Steps, new SamplerOptions { Eta = Eta });

    /// <summary>Refuses values out of range, all of them in one message.</summary>
    /// <exception cref="LumenException">A value is out of range.</exception>
    public void Validate(int trainTimesteps = 1000)
    {
        var faults = new List<string>();
        Need(Steps >= 1 && Steps <= trainTimesteps, $"`NumInferenceSteps` must be 1 to {trainTimesteps} but is {Steps}.");
        Need(GuidanceScale is >= 1 and <= 50, $"`GuidanceScale` must be 1 to 50 but is {GuidanceScale}.");
        Need(Strength is >= 0 and <= 2, $"`Strength` must be 0 to 2 but is {Strength}.");
        Need(
            ControlStart is >= 0 and <= 1 && ControlEnd is >= 0 and <= 1 && ControlStart <= ControlEnd,
            $"`ControlGuidanceStart` and `ControlGuidanceEnd` must be 0 to 1 in this order but are {ControlStart} and {ControlEnd}."
        );
        Need(Eta is >= 0 and <= 1, $"`Eta` must be 0 to 1 but is {Eta}.");
        Need(DenoisingStrength is > 0 and <= 1, $"The denoising strength must be above 0 to 1 but is {DenoisingStrength}.");
        Need(
            Steps * DenoisingStrength is >= 1 || DenoisingStrength is not > 0 || Steps < 1,
            $"A denoising strength of {DenoisingStrength} leaves none of {Steps} steps: give more of either."
        );
        if (faults.Count > 0)
            throw new LumenException(string.Join(" ", faults));

        void Need(bool condition, string fault)
        {
            if (!condition)
                faults.Add(fault);
        }
    }
}
