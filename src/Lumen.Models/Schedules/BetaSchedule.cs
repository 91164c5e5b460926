namespace Lumen.Models.Schedules;

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
