namespace Lumen.Models.Schedules;

/// <summary>Choices of a run that are not part of the model's scheduler configuration.</summary>
public sealed record SamplerOptions
{
    /// <summary>DDIM's η in [0, 1]: 0 is deterministic, 1 adds as much noise as DDPM.</summary>
    public double Eta { get; init; }

    /// <summary>DDIM: derive the noise again from the clipped original sample (Glide).</summary>
    public bool UseClippedModelOutput { get; init; }
}
