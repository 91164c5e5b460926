using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Vision;

/// <summary>
/// One pre-norm transformer block (timm <c>Block</c>): self-attention, then feed-forward layers, each added to the stream.
/// </summary>
internal sealed class VisionBlock : Module<Tensor, Tensor>
{
    [StateKey("norm1")]
    private readonly LayerNorm _norm1;

    [StateKey("attn")]
    private readonly VisionAttention _attention;

    [StateKey("ls1")]
    private readonly LayerScale? _scale1;

    [StateKey("norm2")]
    private readonly LayerNorm _norm2;

    [StateKey("mlp")]
    private readonly Module<Tensor, Tensor> _feedForward;

    [StateKey("ls2")]
    private readonly LayerScale? _scale2;

    public VisionBlock(VisionTransformerConfig config, Placement placement)
        : base(nameof(VisionBlock))
    {
        _norm1 = Layer.LayerNorm(config.Width, placement, config.Epsilon);
        _attention = new VisionAttention(config, placement);
        _norm2 = Layer.LayerNorm(config.Width, placement, config.Epsilon);
        _feedForward = config.FeedForward == VisionFeedForward.SwiGlu ? new SwiGlu(config, placement) : new VisionMlp(config, placement);
        if (config.LayerScale)
            (_scale1, _scale2) = (new LayerScale(config, placement), new LayerScale(config, placement));
        RegisterComponents();
    }

    /// <summary>Chooses the activation of the feed-forward layers.</summary>
    public void Activate(VisionFeedForward activation) => (_feedForward as VisionMlp)?.Activate(activation);

    public override Tensor forward(Tensor tokens) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        var attended = tokens + Scaled(_scale1, _attention.call(_norm1.call(tokens)));
        return (attended + Scaled(_scale2, _feedForward.call(_norm2.call(attended)))).MoveToOuterDisposeScope();
    }

    /// <summary>Queries, keys or values of this block for the tokens before it: [B, T, D].</summary>
    public Tensor Facet(Tensor tokens, VisionFacet facet)
    {
        using var scope = NewDisposeScope();
        return _attention.Facet(_norm1.call(tokens), facet).MoveToOuterDisposeScope();
    }

    /// <summary>Attention probabilities of this block for the tokens before it: [B, heads, T, T], float32.</summary>
    public Tensor Probabilities(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return _attention.Probabilities(_norm1.call(tokens)).MoveToOuterDisposeScope();
    }

    private static Tensor Scaled(LayerScale? scale, Tensor branch) => scale is null ? branch : scale.call(branch);
}
