using Lumen.Core;

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

    /// <summary>Fraction of the steps, 0...1, at which the adapter starts.</summary>
    public double ControlStart { get; init; }

    /// <summary>Fraction of the steps, 0...1, at which the adapter stops.</summary>
    public double ControlEnd { get; init; } = 1;

    /// <summary>Seed of the starting noise; picture i uses its own stream of it, whatever the batch size.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Sampler name: <c>ddim</c>, ...</summary>
    public string Sampler { get; init; } = "ddim";

    /// <summary>Refuses values out of range, all of them in one message.</summary>
    /// <exception cref="LumenException">A value is out of range.</exception>
    public void Validate(int trainTimesteps = 1000)
    {
        var faults = new List<string>();
        Need(Steps >= 1 && Steps <= trainTimesteps, $"--steps must be 1 to {trainTimesteps} but is {Steps}.");
        Need(GuidanceScale is >= 1 and <= 50, $"--guidance-scale must be 1 to 50 but is {GuidanceScale}.");
        Need(Strength is >= 0 and <= 2, $"--strength must be 0 to 2 but is {Strength}.");
        Need(ControlStart is >= 0 and <= 1 && ControlEnd is >= 0 and <= 1 && ControlStart <= ControlEnd,
            $"--control-guidance-start and --control-guidance-end must be 0 to 1 in this order but are {ControlStart} and {ControlEnd}.");
        if (faults.Count > 0) throw new LumenException(string.Join(" ", faults));

        void Need(bool condition, string fault)
        {
            if (!condition) faults.Add(fault);
        }
    }
}
