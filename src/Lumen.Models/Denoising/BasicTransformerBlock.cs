using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>
/// Self-attention, cross-attention to the prompt, feed-forward; each normalised before and added after. Source: diffusers
/// <c>BasicTransformerBlock</c>.
/// </summary>
internal sealed class BasicTransformerBlock : Module
{
    private static readonly string[] Facets = ["query", "key", "value"];

    [StateKey("norm1")]
    private readonly LayerNorm _norm1;

    [StateKey("attn1")]
    private readonly Attention _self;

    [StateKey("norm2")]
    private readonly LayerNorm _norm2;

    [StateKey("attn2")]
    private readonly Attention _cross;

    [StateKey("norm3")]
    private readonly LayerNorm _norm3;

    [StateKey("ff")]
    private readonly FeedForward _feedForward;

    public BasicTransformerBlock(long width, long contextWidth, long heads, Placement placement)
        : base(nameof(BasicTransformerBlock))
    {
        _norm1 = Layer.LayerNorm(width, placement);
        _self = new Attention(width, width, heads, placement);
        _norm2 = Layer.LayerNorm(width, placement);
        _cross = new Attention(width, contextWidth, heads, placement);
        _norm3 = Layer.LayerNorm(width, placement);
        _feedForward = new FeedForward(width, placement);
        RegisterComponents();
    }

    /// <param name="tokens">[B, T, D].</param>
    /// <param name="context">Prompt embedding [B, S, E].</param>
    /// <param name="tap">Collects attention probabilities as <c>NAME.attn1.probs</c> and <c>NAME.attn2.probs</c>, queries, keys and values
    /// of self-attention as <c>NAME.attn1.key</c>.</param>
    /// <param name="name">This block's name in the network.</param>
    /// <returns>[B, T, D]; of no meaning once the tap has all it wants.</returns>
    public Tensor Forward(Tensor tokens, Tensor context, ActivationTap? tap, string name)
    {
        using var scope = NewDisposeScope();
        var normed = _norm1.call(tokens);
        Observe(tap, $"{name}.attn1.probs", _self, normed, null);
        foreach (var facet in Facets)
        {
            if (tap?.Names($"{name}.attn1.{facet}") == true)
                tap.Record($"{name}.attn1.{facet}", _self.Facet(normed, facet));
        }
        if (tap?.IsDone == true)
            return tokens.alias().MoveToOuterDisposeScope();
        var x = tokens + _self.call(normed, null);
        normed = _norm2.call(x);
        Observe(tap, $"{name}.attn2.probs", _cross, normed, context);
        x = x + _cross.call(normed, context);
        x = x + _feedForward.call(_norm3.call(x));
        return x.MoveToOuterDisposeScope();
    }

    private static void Observe(ActivationTap? tap, string name, Attention attention, Tensor tokens, Tensor? context)
    {
        if (tap?.Names(name) == true)
            tap.Record(name, attention.Probabilities(tokens, context));
    }
}
