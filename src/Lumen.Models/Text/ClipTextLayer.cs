using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>
/// One pre-norm transformer layer (transformers <c>CLIPEncoderLayer</c>): causal self-attention, then an MLP, both added to the stream.
/// </summary>
internal sealed class ClipTextLayer : Module<Tensor, Tensor>
{
    [StateKey("self_attn")]
    private readonly ClipTextAttention _attention;

    [StateKey("layer_norm1")]
    private readonly LayerNorm _norm1;

    [StateKey("mlp")]
    private readonly ClipTextMlp _mlp;

    [StateKey("layer_norm2")]
    private readonly LayerNorm _norm2;

    public ClipTextLayer(ClipTextConfig config, Device device)
        : base(nameof(ClipTextLayer))
    {
        _attention = new ClipTextAttention(config, device);
        _norm1 = Blank.LayerNorm(config, device);
        _mlp = new ClipTextMlp(config, device);
        _norm2 = Blank.LayerNorm(config, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        var attended = hidden + _attention.call(_norm1.call(hidden));
        return (attended + _mlp.call(_norm2.call(attended))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// OpenAI CLIP's scales (Radford et al. 2021, <c>initialize_parameters</c>): projections into the stream shrink with depth.
    /// </summary>
    public void Initialise(ClipTextConfig config, RandomStream random)
    {
        var width = Math.Pow(config.HiddenSize, -0.5);
        var intoStream = width * Math.Pow(2.0 * config.Layers, -0.5);
        _attention.Initialise(width, intoStream, random.For(0));
        _mlp.Initialise(Math.Pow(2.0 * config.HiddenSize, -0.5), intoStream, random.For(1));
        Blank.Reset(_norm1);
        Blank.Reset(_norm2);
    }
}
