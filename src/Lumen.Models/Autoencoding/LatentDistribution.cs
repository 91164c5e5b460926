using static TorchSharp.torch;

namespace Lumen.Models.Autoencoding;

/// <summary>A diagonal Gaussian over latents. Source: diffusers <c>DiagonalGaussianDistribution</c>.</summary>
/// <param name="Moments">Mean and unclamped log variance side by side, [B, 2·C, h, w] float32.</param>
/// <param name="Mean">[B, C, h, w].</param>
/// <param name="LogVariance">[B, C, h, w], clamped to [-30, 20].</param>
public sealed record LatentDistribution(Tensor Moments, Tensor Mean, Tensor LogVariance)
{
    /// <summary><c>mean + exp(logvar / 2) · noise</c>.</summary>
    /// <param name="noise">Standard normal, shaped like the mean.</param>
    public Tensor Sample(Tensor noise)
    {
        using var scope = NewDisposeScope();
        return (Mean + exp(0.5 * LogVariance) * noise.to(Mean.device)).MoveToOuterDisposeScope();
    }

    /// <summary>KL divergence to the standard normal, averaged over every latent element.</summary>
    public Tensor Divergence()
    {
        using var scope = NewDisposeScope();
        return (0.5 * (Mean * Mean + exp(LogVariance) - 1 - LogVariance)).mean().MoveToOuterDisposeScope();
    }
}
