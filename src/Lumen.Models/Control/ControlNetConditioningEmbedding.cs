using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Control;

/// <summary>
/// Brings the condition [B, K, H, W] to the latents' grid by one stride-2 convolution per width after the first (three for SD: stride 8).
/// Source: diffusers <c>ControlNetConditioningEmbedding</c>.
/// </summary>
internal sealed class ControlNetConditioningEmbedding : Module<Tensor, Tensor>
{
    [StateKey("conv_in")]
    private readonly ConvolutionLayer _convIn;

    [StateKey("blocks")]
    private readonly ModuleList<ConvolutionLayer> _blocks;

    [StateKey("conv_out")]
    private readonly ConvolutionLayer _convOut;

    /// <param name="input">Condition channels K.</param>
    /// <param name="output">Channels of the U-Net's first level.</param>
    /// <param name="widths">Channels of the stages, picture size first.</param>
    /// <param name="placement">Device and type.</param>
    public ControlNetConditioningEmbedding(long input, long output, IReadOnlyList<long> widths, Placement placement)
        : base(nameof(ControlNetConditioningEmbedding))
    {
        _convIn = Layer.Conv(input, widths[0], 3, placement);
        var blocks = new List<ConvolutionLayer>();
        for (var i = 0; i < widths.Count - 1; i++)
        {
            blocks.Add(Layer.Conv(widths[i], widths[i], 3, placement));
            blocks.Add(Layer.Conv(widths[i], widths[i + 1], 3, placement, stride: 2));
        }
        _blocks = new ModuleList<ConvolutionLayer>([.. blocks]);
        _convOut = Layer.Conv(widths[^1], output, 3, placement);
        RegisterComponents();
    }

    public override Tensor forward(Tensor condition)
    {
        using var scope = NewDisposeScope();
        var h = functional.silu(_convIn.call(condition));
        foreach (var block in _blocks)
            h = functional.silu(block.call(h));
        return _convOut.call(h).MoveToOuterDisposeScope();
    }

    /// <summary>Sets the last convolution to zero, so that an untrained stem adds nothing.</summary>
    public void ZeroOutput() => _convOut.Zero();
}
