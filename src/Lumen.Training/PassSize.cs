using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;

namespace Lumen.Training;

/// <summary>
/// How many pictures a pass without a gradient computes at once: as many as keep its widest tensors at 128 MB, and 32 at most. Networks
/// of the size of the built-in ones take 32; Stable Diffusion takes a few.
/// </summary>
internal static class PassSize
{
    private const int Most = 32;
    private const double MostBytes = 1 << 27;
    private const double BytesAValue = 2; // bfloat16
    private const int FeedForward = 8; // the widest tensor of a transformer block, in widths of its tokens

    /// <summary>Pictures of a side in pixels through an autoencoder.</summary>
    public static int Of(AutoencoderConfig config, long side) => Of(BytesAValue * config.BlockOutChannels[0] * side * side);

    /// <summary>Latents of a height and width through a U-Net.</summary>
    public static int Of(UNetConfig config, long height, long width) =>
        Of(BytesAValue * FeedForward * config.BlockOutChannels[0] * height * width);

    private static int Of(double bytes) => (int)Math.Clamp(MostBytes / bytes, 1, Most);
}
