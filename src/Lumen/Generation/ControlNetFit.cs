using Lumen.Models.Control;
using Lumen.Models.Denoising;

namespace Lumen.Generation;

/// <summary>
/// Whether a ControlNet and a model belong together: its residuals are added to the U-Net's activations, so sizes must be the same.
/// </summary>
internal static class ControlNetFit
{
    /// <param name="path">Where the ControlNet came from, for the message.</param>
    /// <param name="config">The ControlNet's configuration.</param>
    /// <param name="model">The base.</param>
    /// <exception cref="LumenException">It was made for another kind of model; all differences are named.</exception>
    public static void Require(string path, ControlNetConfig config, DiffusionModel model)
    {
        var (own, other) = (config.Encoder, model.UNet.Config);
        var differences = new List<string>();
        Compare("in_channels", own.InChannels, other.InChannels);
        Compare("cross_attention_dim", own.CrossAttentionDim, other.CrossAttentionDim);
        Compare("layers_per_block", own.LayersPerBlock, other.LayersPerBlock);
        Compare("block_out_channels", Text(own), Text(other));
        Compare("the condition's pixels per latent cell", config.Stride, model.Vae.Config.Stride);
        if (differences.Count > 0)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The adapter {path} was made for another kind of model than {model.Name}: {string.Join(", ", differences)}. Give "
                    + "`Model` its base, or `Adapter` one for this model."
            );

        void Compare<T>(string name, T adapter, T unet)
        {
            if (!EqualityComparer<T>.Default.Equals(adapter, unet))
                differences.Add($"{name} is {adapter} instead of {unet}");
        }

        static string Text(UNetConfig config) => $"[{string.Join(", ", config.BlockOutChannels)}]";
    }
}
