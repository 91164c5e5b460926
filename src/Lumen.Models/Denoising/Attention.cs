using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>
/// Multi-head attention over tokens; self-attention without a context, cross-attention with one. Source: diffusers <c>Attention</c>.
/// </summary>
internal sealed class Attention : Module<Tensor, Tensor?, Tensor>
{
    [StateKey("to_q")]
    private readonly Linear _query;

    [StateKey("to_k")]
    private readonly Linear _key;

    [StateKey("to_v")]
    private readonly Linear _value;

    [StateKey("to_out")]
    private readonly ModuleList<Module<Tensor, Tensor>> _output;
    private readonly long _heads;

    /// <param name="width">Width of the tokens.</param>
    /// <param name="contextWidth">Width of the context tokens; equals <paramref name="width"/> for self-attention.</param>
    /// <param name="heads">Number of heads; divides the width.</param>
    /// <param name="placement">Device and type.</param>
    public Attention(long width, long contextWidth, long heads, Placement placement)
        : base(nameof(Attention))
    {
        _heads = heads;
        _query = Layer.Linear(width, width, placement, bias: false);
        _key = Layer.Linear(contextWidth, width, placement, bias: false);
        _value = Layer.Linear(contextWidth, width, placement, bias: false);
        _output = new ModuleList<Module<Tensor, Tensor>>(Layer.Linear(width, width, placement));
        RegisterComponents();
    }

    /// <param name="tokens">[B, T, D].</param>
    /// <param name="context">[B, S, E], or null for self-attention.</param>
    /// <returns>[B, T, D].</returns>
    public override Tensor forward(Tensor tokens, Tensor? context)
    {
        using var scope = NewDisposeScope();
        var query = Heads(_query.call(tokens)); // [B, heads, T, D/heads]
        var key = Heads(_key.call(context ?? tokens)); // [B, heads, S, D/heads]
        var value = Heads(_value.call(context ?? tokens));
        var mixed = DotProductAttention.Mix(query, key, value); // [B, heads, T, D/heads]
        return _output[0].call(mixed.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The attention probabilities [B·heads, T, S], batch-major, float32: for inspection, not on the way of a forward pass.
    /// </summary>
    public Tensor Probabilities(Tensor tokens, Tensor? context)
    {
        using var scope = NewDisposeScope();
        var query = Heads(_query.call(tokens)).flatten(0, 1).to_type(ScalarType.Float32);
        var key = Heads(_key.call(context ?? tokens)).flatten(0, 1).to_type(ScalarType.Float32);
        var scores = bmm(query, key.transpose(1, 2)) / Math.Sqrt(query.shape[^1]);
        return functional.softmax(scores, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Queries, keys or values of self-attention, heads side by side: [B, T, D].</summary>
    /// <param name="tokens">[B, T, D].</param>
    /// <param name="facet"><c>query</c>, <c>key</c> or <c>value</c>.</param>
    public Tensor Facet(Tensor tokens, string facet) =>
        (
            facet switch
            {
                "query" => _query,
                "key" => _key,
                _ => _value,
            }
        ).call(tokens);

    private Tensor Heads(Tensor x) => x.unflatten(2, [_heads, x.shape[2] / _heads]).transpose(1, 2);
}
