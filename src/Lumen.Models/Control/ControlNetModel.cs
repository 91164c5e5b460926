using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Denoising;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Models.Control;

/// <summary>
/// A trainable copy of the U-Net's encoder that reads a spatial condition of any number of channels and answers with residuals for the
/// frozen U-Net. State keys and numbers are those of diffusers' <c>ControlNetModel</c> (Zhang et al. 2023).
/// </summary>
public sealed class ControlNetModel : UNetEncoder
{
    private const string FirstConvolution = "controlnet_cond_embedding.conv_in.";

    [StateKey("controlnet_cond_embedding")]
    private readonly ControlNetConditioningEmbedding _stem;

    [StateKey("controlnet_down_blocks")]
    private readonly ModuleList<ConvolutionLayer> _downOutputs;

    [StateKey("controlnet_mid_block")]
    private readonly ConvolutionLayer _midOutput;

    public ControlNetModel(ControlNetConfig config, Placement placement)
        : base(nameof(ControlNetModel), config.Encoder, placement)
    {
        ControlConfig = config;
        var channels = config.Encoder.BlockOutChannels;
        _stem = new ControlNetConditioningEmbedding(
            config.ConditioningChannels,
            channels[0],
            config.ConditioningEmbeddingOutChannels,
            placement
        );
        _downOutputs = new ModuleList<ConvolutionLayer>([.. SkipChannels(config.Encoder).Select(c => Layer.Conv(c, c, 1, placement))]);
        _midOutput = Layer.Conv(channels[^1], channels[^1], 1, placement);
        RegisterComponents();
    }

    /// <summary>The published configuration, with the stem's part.</summary>
    public ControlNetConfig ControlConfig { get; }

    /// <summary>The residuals for one U-Net evaluation.</summary>
    /// <param name="sample">Noisy latents [B, C, H, W].</param>
    /// <param name="timestep">[1] or [B], 0...999.</param>
    /// <param name="context">Prompt embedding [B, S, E].</param>
    /// <param name="condition">[B, K, H·s, W·s] with s the stem's stride; pictures in [0, 1], layouts as projected.</param>
    /// <param name="strength">Conditioning scale; 0 switches the adapter off.</param>
    /// <param name="guess">True weighs the residuals from 0.1 (finest) to 1 (middle), for use without a prompt.</param>
    public ControlResiduals Residuals(
        Tensor sample,
        Tensor timestep,
        Tensor context,
        Tensor condition,
        double strength = 1,
        bool guess = false
    )
    {
        CheckInputs(sample, timestep, context);
        Shape.Require(
            condition,
            "condition",
            $"[B, {ControlConfig.ConditioningChannels}, {ControlConfig.Stride}·H, {ControlConfig.Stride}·W]",
            s =>
                s.Length == 4
                && s[0] == sample.shape[0]
                && s[1] == ControlConfig.ConditioningChannels
                && (s[2] + ControlConfig.Stride - 1) / ControlConfig.Stride == sample.shape[2]
                && (s[3] + ControlConfig.Stride - 1) / ControlConfig.Stride == sample.shape[3]
        );
        using var embedded = Embed(condition);
        return ResidualsOf(sample, timestep, context, embedded, strength, guess);
    }

    /// <summary>The stem's output [B, C0, H, W]: the same at every step, so a sampling loop computes it once.</summary>
    public Tensor Embed(Tensor condition)
    {
        using var scope = NewDisposeScope();
        return _stem.call(Place(ControlConfig.ReversesChannels ? condition.flip(1) : condition)).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="Residuals"/> with the condition already through <see cref="Embed"/>.</summary>
    public ControlResiduals ResidualsOf(
        Tensor sample,
        Tensor timestep,
        Tensor context,
        Tensor embedded,
        double strength = 1,
        bool guess = false
    )
    {
        using var scope = NewDisposeScope();
        var conditioning = Condition(timestep, context, sample.shape[0], null);
        var skips = new List<Tensor>();
        var mid = Encode(_convIn.call(Place(sample)) + embedded, conditioning, skips);
        var down = skips.Select((skip, i) => Scaled(_downOutputs[i].call(skip), i)).ToArray();
        return new ControlResiduals(down, Scaled(_midOutput.call(mid), skips.Count).MoveToOuterDisposeScope());

        Tensor Scaled(Tensor residual, int index)
        {
            var weight = strength * (guess ? Math.Pow(10, -1 + index / (double)skips.Count) : 1);
            return (weight == 1 ? residual : residual * weight).MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// Copies the encoder of <paramref name="unet"/> and zeroes every output: the untrained adapter is an exact no-op (ControlNet, section
    /// 3.1).
    /// </summary>
    public void InitialiseFrom(UNet2DConditionModel unet)
    {
        using var frozen = no_grad();
        var source = unet.state_dict();
        foreach (var (name, weight) in state_dict())
        {
            if (name.StartsWith("controlnet_", StringComparison.Ordinal))
                continue;
            weight.copy_(source[name]);
        }
        foreach (var convolution in _downOutputs.Append(_midOutput))
            convolution.Zero();
        _stem.ZeroOutput();
    }

    /// <summary>Copies the weights of another adapter, which may read another condition.</summary>
    /// <param name="other">Of the same configuration but for the channels of its condition.</param>
    /// <param name="condition">How the other's condition x follows from this one's y, pixel by pixel: x = T y + c with T [K of the other,
    /// K] and c [K of the other]; the first convolution takes both in. Null where both read the same.</param>
    public void InitialiseFrom(ControlNetModel other, (Tensor Turn, Tensor Offset)? condition = null)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var source = other.state_dict();
        foreach (var (name, weight) in state_dict())
        {
            if (condition is not { } from || !name.StartsWith(FirstConvolution, StringComparison.Ordinal))
            {
                weight.copy_(source[name]);
                continue;
            }
            var kernel = source[FirstConvolution + "weight"].to_type(ScalarType.Float64); // [C, K of the other, 3, 3]
            weight.copy_(
                weight.dim() > 1
                    ? einsum("cokl,oi->cikl", kernel, from.Turn.to(kernel.device))
                    : source[name].to_type(ScalarType.Float64) + einsum("cokl,o->c", kernel, from.Offset.to(kernel.device))
            );
        }
    }

    private static IEnumerable<long> SkipChannels(UNetConfig config)
    {
        yield return config.BlockOutChannels[0];
        for (var level = 0; level < config.BlockOutChannels.Count; level++)
        {
            var outputs = config.LayersPerBlock + (level < config.BlockOutChannels.Count - 1 ? 1 : 0);
            for (var i = 0; i < outputs; i++)
                yield return config.BlockOutChannels[level];
        }
    }
}
