using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>
/// Transformer blocks over the pixels of a feature map, with a residual connection around them. Source: diffusers
/// <c>Transformer2DModel</c>.
/// </summary>
internal sealed class Transformer2DModel : Module
{
    private const double NormEps = 1e-6; // fixed in the original, unlike the resnets' configurable one

    [StateKey("norm")]
    private readonly GroupNorm _norm;

    [StateKey("proj_in")]
    private readonly Module<Tensor, Tensor> _projectIn;

    [StateKey("transformer_blocks")]
    private readonly ModuleList<BasicTransformerBlock> _blocks;

    [StateKey("proj_out")]
    private readonly Module<Tensor, Tensor> _projectOut;
    private readonly bool _linear;

    /// <param name="shape">Width, heads, number of blocks and projection kind.</param>
    /// <param name="contextWidth">Width of the prompt embedding.</param>
    /// <param name="groups">Groups of the first norm.</param>
    /// <param name="placement">Device and type.</param>
    public Transformer2DModel(TransformerShape shape, long contextWidth, long groups, Placement placement)
        : base(nameof(Transformer2DModel))
    {
        _linear = shape.LinearProjection;
        _norm = Layer.GroupNorm(groups, shape.Width, NormEps, placement);
        _projectIn = Projection(shape, placement);
        _blocks = new ModuleList<BasicTransformerBlock>([
            .. Enumerable.Range(0, shape.Blocks).Select(_ => new BasicTransformerBlock(shape.Width, contextWidth, shape.Heads, placement)),
        ]);
        _projectOut = Projection(shape, placement);
        RegisterComponents();
    }

    /// <param name="x">[B, C, H, W].</param>
    /// <param name="context">Prompt embedding [B, S, E].</param>
    /// <param name="tap">Passed to the blocks.</param>
    /// <param name="name">This module's name in the network.</param>
    public Tensor Forward(Tensor x, Tensor context, ActivationTap? tap, string name)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (x.shape[2], x.shape[3]);
        var h = NormedActivation.Apply(_norm, x, activated: false);
        if (!_linear)
            h = _projectIn.call(h);
        h = h.flatten(2).transpose(1, 2).contiguous(); // [B, HW, C]
        if (_linear)
            h = _projectIn.call(h);
        for (var i = 0; i < _blocks.Count; i++)
        {
            h = _blocks[i].Forward(h, context, tap, $"{name}.transformer_blocks.{i}");
            if (tap?.IsDone == true)
                return x.alias().MoveToOuterDisposeScope(); // whoever asked ends the pass
        }
        if (_linear)
            h = _projectOut.call(h);
        h = h.transpose(1, 2).unflatten(2, [height, width]); // [B, C, H, W], C innermost
        if (!_linear)
            h = _projectOut.call(h);
        return (h + x).MoveToOuterDisposeScope();
    }

    private static Module<Tensor, Tensor> Projection(TransformerShape shape, Placement placement) =>
        shape.LinearProjection ? Layer.Linear(shape.Width, shape.Width, placement) : Layer.Conv(shape.Width, shape.Width, 1, placement);
}

/// <summary>Size of one <see cref="Transformer2DModel"/>.</summary>
/// <param name="Width">Channels of the map and width of the tokens.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Blocks">Transformer blocks.</param>
/// <param name="LinearProjection">Projections over tokens (SD 2.x) instead of 1x1 convolutions (SD 1.x).</param>
internal readonly record struct TransformerShape(long Width, long Heads, int Blocks, bool LinearProjection);
