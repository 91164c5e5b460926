using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Autoencoding;

/// <summary>
/// Variational autoencoder between pictures and latents. State keys and numbers are those of diffusers' <c>AutoencoderKL</c> (Kingma and
/// Welling 2014; Rombach et al. 2022).
/// </summary>
public sealed class AutoencoderKL : Module
{
    [StateKey("encoder")]
    private readonly Encoder _encoder;

    [StateKey("decoder")]
    private readonly Decoder _decoder;

    [StateKey("quant_conv")]
    private readonly ConvolutionLayer _quant;

    [StateKey("post_quant_conv")]
    private readonly ConvolutionLayer _postQuant;

    public AutoencoderKL(AutoencoderConfig config, Placement placement)
        : base(nameof(AutoencoderKL))
    {
        Config = config;
        Placement = placement;
        _encoder = new Encoder(config, placement);
        _decoder = new Decoder(config, placement);
        _quant = Layer.Conv(2 * config.LatentChannels, 2 * config.LatentChannels, 1, placement);
        _postQuant = Layer.Conv(config.LatentChannels, config.LatentChannels, 1, placement);
        RegisterComponents();
    }

    /// <summary>The published configuration.</summary>
    public AutoencoderConfig Config { get; }

    /// <summary>Device and compute type of every weight.</summary>
    public Placement Placement { get; }

    /// <summary>The Gaussian over latents, unscaled.</summary>
    /// <param name="image">[B, 3, H, W] in [-1, 1], H and W divisible by the stride.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public LatentDistribution Encode(Tensor image)
    {
        var stride = Config.Stride;
        Shape.Require(
            image,
            "image",
            $"[B, {Config.InChannels}, H, W] with H and W divisible by {stride}",
            s => s.Length == 4 && s[1] == Config.InChannels && s[2] > 0 && s[3] > 0 && s[2] % stride == 0 && s[3] % stride == 0
        );
        using var scope = NewDisposeScope();
        var moments = _quant.call(_encoder.call(Place(image))).to_type(ScalarType.Float32); // [B, 2·C, H/s, W/s]
        var halves = Pieces.Of(moments, 2, 1);
        return new LatentDistribution(
            moments.MoveToOuterDisposeScope(),
            halves[0].MoveToOuterDisposeScope(),
            halves[1].clamp(-30, 20).MoveToOuterDisposeScope()
        );
    }

    /// <summary>Decodes latents as they are: divide by <see cref="AutoencoderConfig.ScalingFactor"/> first.</summary>
    /// <param name="latents">[B, C, h, w].</param>
    /// <returns>[B, 3, h·s, w·s] float32, about [-1, 1], not clamped.</returns>
    public Tensor Decode(Tensor latents)
    {
        Shape.Require(
            latents,
            "latents",
            $"[B, {Config.LatentChannels}, h, w]",
            s => s.Length == 4 && s[1] == Config.LatentChannels && s[2] > 0 && s[3] > 0
        );
        using var scope = NewDisposeScope();
        return _decoder.call(_postQuant.call(Place(latents))).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    // The convolutions' results keep the channels innermost; with few channels and large maps that is faster on CPUs.
    private Tensor Place(Tensor x) => MemoryLayout.ChannelsLast(x.to(Placement.Device).to_type(Placement.Compute));
}
