namespace Lumen.Models.Denoising;

/// <summary>
/// The published <c>config.json</c> of diffusers' <c>UNet2DConditionModel</c> (and the part of it that <c>ControlNetModel</c> shares), with
/// upstream's defaults.
/// </summary>
public sealed partial record UNetConfig
{
    /// <summary>Latent channels in.</summary>
    public long InChannels { get; init; } = 4;

    /// <summary>Latent channels out.</summary>
    public long OutChannels { get; init; } = 4;

    /// <summary>Side of the latents the model was made for; only a hint for the default picture size.</summary>
    public long SampleSize { get; init; } = 64;

    /// <summary>Cosines before sines in the timestep embedding.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Shift of the frequency exponent.</summary>
    public double FreqShift { get; init; }

    /// <summary>Per level: true where the way down has attention (<c>CrossAttnDownBlock2D</c>), false for <c>DownBlock2D</c>.</summary>
    public IReadOnlyList<bool> DownAttention { get; init; } = [true, true, true, false];

    /// <summary>Per level of the way up, coarsest first: true for <c>CrossAttnUpBlock2D</c>, false for <c>UpBlock2D</c>.</summary>
    public IReadOnlyList<bool> UpAttention { get; init; } = [false, true, true, true];

    /// <summary>Channels of each level, finest first.</summary>
    public IReadOnlyList<long> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Resnets per level on the way down; the way up has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Padding of the strided convolutions: 1, or 0 for right and bottom only.</summary>
    public long DownsamplePadding { get; init; } = 1;

    /// <summary>Groups of every group norm.</summary>
    public long NormNumGroups { get; init; } = 32;

    /// <summary>Epsilon of the resnets' norms and of the last one.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Width of the prompt embedding.</summary>
    public long CrossAttentionDim { get; init; } = 1280;

    /// <summary>Transformer blocks per attention module, by level.</summary>
    public IReadOnlyList<int> TransformerLayersPerBlock { get; init; } = [1, 1, 1, 1];

    /// <summary>
    /// Attention heads by level. Upstream calls this <c>attention_head_dim</c>, although for these models it has always been the NUMBER of
    /// heads.
    /// </summary>
    public IReadOnlyList<long> Heads { get; init; } = [8, 8, 8, 8];

    /// <summary>Linear projections around the transformer blocks (SD 2.x) instead of 1x1 convolutions.</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Width of the time embedding: four times the first level.</summary>
    public long TimeWidth => 4 * BlockOutChannels[0];

    internal (long Groups, double Eps) Norm => (NormNumGroups, NormEps);

    internal TransformerShape Transformer(int level) =>
        new(BlockOutChannels[level], Heads[level], TransformerLayersPerBlock[level], UseLinearProjection);
}
