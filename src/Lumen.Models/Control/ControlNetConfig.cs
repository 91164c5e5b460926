using Lumen.Models.Denoising;

namespace Lumen.Models.Control;

/// <summary>
/// The published <c>config.json</c> of diffusers' <c>ControlNetModel</c>: the U-Net's encoder plus the conditioning stem.
/// </summary>
/// <param name="Encoder">The part shared with the U-Net it was made for.</param>
public sealed partial record ControlNetConfig(UNetConfig Encoder)
{
    /// <summary>Condition channels K: 3 for pictures, N for neural layouts.</summary>
    public long ConditioningChannels { get; init; } = 3;

    /// <summary>Widths of the stem, picture size first; each after the first halves the grid.</summary>
    public IReadOnlyList<long> ConditioningEmbeddingOutChannels { get; init; } = [16, 32, 96, 256];

    /// <summary>True where the condition's channels are reversed before use (<c>controlnet_conditioning_channel_order: bgr</c>).</summary>
    public bool ReversesChannels { get; init; }

    /// <summary>How many picture pixels one latent cell covers along a side.</summary>
    public long Stride => 1L << (ConditioningEmbeddingOutChannels.Count - 1);
}
