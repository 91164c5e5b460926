using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>
/// Fresh weights of a vision transformer, as the original code of DINO and DINOv2 draws them: matrices, tokens and positions normal with
/// standard deviation 0.02, the patches' kernel uniform in ±1/sqrt(fan-in) (PyTorch's default), norms the identity, the mask token zero.
/// The projection has the standard deviation of CLIP, D^-1/2.
/// </summary>
internal static class VisionInitialisation
{
    private const double Std = 0.02;
    private const double RegisterStd = 1e-6;

    /// <summary>Overwrites every parameter; each depends on the stream and its place among the names only.</summary>
    public static void Apply(VisionTransformer network, RandomStream random, double layerScale)
    {
        using var frozen = no_grad();
        foreach (
            var (ordinal, (name, parameter)) in network.named_parameters().OrderBy(entry => entry.name, StringComparer.Ordinal).Index()
        )
        {
            using var scope = NewDisposeScope();
            var own = random.For(ordinal);
            parameter.copy_(
                name switch
                {
                    "mask_token" => zeros_like(parameter),
                    "register_tokens" => own.Normal(parameter.shape) * RegisterStd,
                    "proj" => own.Normal(parameter.shape) / Math.Sqrt(parameter.shape[0]),
                    "patch_embed.proj.weight" => (own.Uniform(parameter.shape) * 2 - 1) / Math.Sqrt(parameter[0].numel()),
                    _ when name.EndsWith(".gamma", StringComparison.Ordinal) => full_like(parameter, layerScale),
                    _ when name.EndsWith(".bias", StringComparison.Ordinal) => zeros_like(parameter),
                    _ when parameter.dim() == 1 => ones_like(parameter),
                    _ => own.Normal(parameter.shape) * Std,
                }
            );
        }
    }
}
