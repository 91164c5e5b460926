namespace Lumen.Models.Schedules;

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
