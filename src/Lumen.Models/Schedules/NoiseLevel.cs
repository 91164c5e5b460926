using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// A noise level σ = √((1-ᾱ)/ᾱ), the noise beside a sample of weight 1 (Karras et al. 2022), and what it is in the denoiser's own form x =
/// α x_0 + σ' ε with α² + σ'² = 1.
/// </summary>
/// <param name="Sigma">σ, 0 or more.</param>
internal readonly record struct NoiseLevel(double Sigma)
{
    /// <summary>α = √ᾱ.</summary>
    public double Alpha => 1 / Math.Sqrt(Sigma * Sigma + 1);

    /// <summary>σ' = √(1-ᾱ).</summary>
    public double Spread => Sigma * Alpha;

    /// <summary>λ = log(α/σ'), half the log signal-to-noise ratio (Lu et al. 2022, section 3.1); infinite without noise.</summary>
    public double Lambda => -Math.Log(Sigma);

    /// <summary>x_0 from the output for a sample α x_0 + σ' ε; float32.</summary>
    public Tensor Original(PredictionType type, Tensor output, Tensor sample) =>
        type switch
        {
            PredictionType.Epsilon => (sample - Spread * output) / Alpha,
            PredictionType.VPrediction => Alpha * sample - Spread * output,
            _ => output.alias(),
        };

    /// <summary>ε from the output for a sample α x_0 + σ' ε; float32.</summary>
    public Tensor Noise(PredictionType type, Tensor output, Tensor sample) =>
        type switch
        {
            PredictionType.Epsilon => output.alias(),
            PredictionType.VPrediction => Alpha * output + Spread * sample,
            _ => (sample - Alpha * output) / Spread,
        };
}
