using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>The half that a U-Net and its ControlNet have in common: timestep embedding, the way down and the middle.</summary>
public abstract class UNetEncoder : Module
{
    [StateKey("conv_in")]
    private protected readonly ConvolutionLayer _convIn;

    [StateKey("time_embedding")]
    private protected readonly Module<Tensor, Tensor> _timeEmbedding;

    [StateKey("down_blocks")]
    private protected readonly ModuleList<Module> _downBlocks;

    [StateKey("mid_block")]
    private protected readonly Module _midBlock;

    private protected UNetEncoder(string name, UNetConfig config, Placement placement)
        : base(name)
    {
        Config = config;
        Placement = placement;
        _convIn = Layer.Conv(config.InChannels, config.BlockOutChannels[0], 3, placement);
        _timeEmbedding = new TimeEmbedding(config, placement);
        _downBlocks = new ModuleList<Module>([
            .. config.BlockOutChannels.Select((_, level) => (Module)new DownBlock2D(config, level, placement)),
        ]);
        _midBlock = new MidBlock2D(config, placement);
    }

    /// <summary>The published configuration.</summary>
    public UNetConfig Config { get; }

    /// <summary>Device and compute type of every weight.</summary>
    public Placement Placement { get; }

    /// <summary>
    /// Whether blocks keep only their inputs for the gradient and are computed again when it comes, as diffusers'
    /// <c>enable_gradient_checkpointing</c> does: less memory in training for about a third more time.
    /// </summary>
    public bool GradientCheckpointing { get; set; }

    private protected Conditioning Condition(Tensor timestep, Tensor context, long batch, ActivationTap? tap)
    {
        var embedding = _timeEmbedding.call(timestep.expand(batch)); // [B, 4·C0]
        tap?.Record("time_embedding", embedding);
        return new Conditioning(functional.silu(embedding), Place(context), tap) { Recomputes = GradientCheckpointing && tap is null };
    }

    /// <summary>
    /// The way down from the first convolution's output; fills <paramref name="skips"/> with every level's outputs, that of <c>conv_in</c>
    /// first.
    /// </summary>
    private protected Tensor Encode(Tensor h, Conditioning conditioning, List<Tensor> skips)
    {
        conditioning.Tap?.Record("conv_in", h);
        skips.Add(h);
        for (var level = 0; level < _downBlocks.Count; level++)
            h = ((DownBlock2D)_downBlocks[level]).Forward(h, conditioning, skips, $"down_blocks.{level}");
        h = ((MidBlock2D)_midBlock).Forward(h, conditioning, "mid_block");
        conditioning.Tap?.Record("mid_block", h);
        return h;
    }

    private protected Tensor Place(Tensor x) => x.to(Placement.Device).to_type(Placement.Compute);

    private protected void CheckInputs(Tensor sample, Tensor timestep, Tensor context)
    {
        Shape.Require(
            sample,
            "sample",
            $"[B, {Config.InChannels}, H, W]",
            s => s.Length == 4 && s[1] == Config.InChannels && s[2] > 0 && s[3] > 0
        );
        Shape.Require(timestep, "timestep", "[1] or [B]", s => s.Length == 1 && (s[0] == 1 || s[0] == sample.shape[0]));
        Shape.Require(
            context,
            "context",
            $"[B, S, {Config.CrossAttentionDim}]",
            s => s.Length == 3 && s[0] == sample.shape[0] && s[1] > 0 && s[2] == Config.CrossAttentionDim
        );
    }
}
