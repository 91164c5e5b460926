using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>Causal multi-head self-attention (transformers <c>CLIPAttention</c>): a token sees itself and what stands before it.</summary>
internal sealed class ClipTextAttention : Module<Tensor, Tensor>
{
    [StateKey("q_proj")]
    private readonly Linear _query;

    [StateKey("k_proj")]
    private readonly Linear _key;

    [StateKey("v_proj")]
    private readonly Linear _value;

    [StateKey("out_proj")]
    private readonly Linear _out;
    private readonly int _heads;

    public ClipTextAttention(ClipTextConfig config, Device device)
        : base(nameof(ClipTextAttention))
    {
        _heads = config.Heads;
        _query = Blank.Linear(config.HiddenSize, config.HiddenSize, device);
        _key = Blank.Linear(config.HiddenSize, config.HiddenSize, device);
        _value = Blank.Linear(config.HiddenSize, config.HiddenSize, device);
        _out = Blank.Linear(config.HiddenSize, config.HiddenSize, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        var attended = functional.scaled_dot_product_attention(
            ByHead(_query.call(hidden)),
            ByHead(_key.call(hidden)),
            ByHead(_value.call(hidden)),
            is_casual: true
        ); // [B, heads, T, D/heads]
        return _out.call(attended.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    public void Initialise(double inner, double intoStream, RandomStream random)
    {
        Blank.Fill(_query, inner, random.For(0));
        Blank.Fill(_key, inner, random.For(1));
        Blank.Fill(_value, inner, random.For(2));
        Blank.Fill(_out, intoStream, random.For(3));
    }

    // [B, T, D] -> [B, heads, T, D/heads]
    private Tensor ByHead(Tensor rows) => rows.unflatten(2, _heads, rows.shape[2] / _heads).transpose(1, 2);
}
