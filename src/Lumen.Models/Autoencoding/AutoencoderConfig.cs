namespace Lumen.Models.Autoencoding;

/// <summary>The published <c>config.json</c> of diffusers' <c>AutoencoderKL</c>, with upstream's defaults.</summary>
public sealed partial record AutoencoderConfig
{
    /// <summary>Picture channels in and out.</summary>
    public long InChannels { get; init; } = 3;

    /// <summary>Picture channels out.</summary>
    public long OutChannels { get; init; } = 3;

    /// <summary>Channels of each level, picture size first; each after the first halves the grid.</summary>
    public IReadOnlyList<long> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>Resnets per level of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Channels of the latents.</summary>
    public long LatentChannels { get; init; } = 4;

    /// <summary>Groups of every group norm.</summary>
    public long NormNumGroups { get; init; } = 32;

    /// <summary>Picture side the model was made for.</summary>
    public long SampleSize { get; init; } = 512;

    /// <summary>Latents are multiplied by this before diffusion, so that they have about unit variance.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Pixels per latent cell along a side.</summary>
    public long Stride => 1L << (BlockOutChannels.Count - 1);

    internal (long Groups, double Eps) Norm => (NormNumGroups, 1e-6); // the epsilon is fixed in the original
}
