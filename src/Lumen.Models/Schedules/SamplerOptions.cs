namespace Lumen.Models.Schedules;

/// <summary>Choices of a run that are not part of the model's scheduler configuration.</summary>
public sealed record SamplerOptions
{
    /// <summary>DDIM's η in [0, 1]: 0 is deterministic, 1 adds as much noise as DDPM.</summary>
    public double Eta { get; init; }

    /// <summary>DDIM: derive the noise again from the clipped original sample (Glide).</summary>
    public bool UseClippedModelOutput { get; init; }

    /// <summary>Euler: S_churn of Karras et al. 2022, algorithm 2: how much noise is added and removed again, 0 or more.</summary>
    public double Churn { get; init; }

    /// <summary>Euler: S_tmin and S_tmax, the noise levels between which churning happens.</summary>
    public (double Least, double Most) ChurnRange { get; init; } = (0, double.PositiveInfinity);

    /// <summary>Euler: S_noise, the standard deviation of the churned noise.</summary>
    public double ChurnNoise { get; init; } = 1;
}
