using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Vision;

/// <summary>Multi-head self-attention with one matrix for queries, keys and values (timm <c>Attention</c>).</summary>
internal sealed class VisionAttention : Module<Tensor, Tensor>
{
    private const int Parts = 3;

    [StateKey("qkv")]
    private readonly Linear _qkv;

    [StateKey("proj")]
    private readonly Linear _projection;
    private readonly int _heads;

    public VisionAttention(VisionTransformerConfig config, Placement placement)
        : base(nameof(VisionAttention))
    {
        _heads = config.Heads;
        _qkv = Layer.Linear(config.Width, Parts * config.Width, placement);
        _projection = Layer.Linear(config.Width, config.Width, placement);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        var parts = Pieces.Of(_qkv.call(tokens), Parts, 2); // 3 x [B, T, D]
        var mixed = DotProductAttention.Mix(Heads(parts[0]), Heads(parts[1]), Heads(parts[2])); // [B, heads, T, D/heads]
        return _projection.call(mixed.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    /// <summary>Queries, keys or values alone, heads side by side: [B, T, D].</summary>
    public Tensor Facet(Tensor tokens, VisionFacet facet)
    {
        using var scope = NewDisposeScope();
        var width = tokens.shape[2];
        var start =
            (
                facet switch
                {
                    VisionFacet.Query => 0,
                    VisionFacet.Key => 1,
                    _ => 2,
                }
            ) * width;
        return functional
            .linear(tokens, _qkv.weight!.narrow(0, start, width), _qkv.bias!.narrow(0, start, width))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Attention probabilities [B, heads, T, T], float32: for inspection, not on the way of a forward pass.</summary>
    public Tensor Probabilities(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var query = Heads(Facet(tokens, VisionFacet.Query)).to_type(ScalarType.Float32); // [B, heads, T, D/heads]
        var key = Heads(Facet(tokens, VisionFacet.Key)).to_type(ScalarType.Float32);
        var scores = bmm(query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)) / Math.Sqrt(query.shape[^1]); // [B·heads, T, T]
        return functional.softmax(scores, -1).unflatten(0, [tokens.shape[0], _heads]).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor x) => x.unflatten(2, [_heads, x.shape[2] / _heads]).transpose(1, 2);
}
