using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Layers;

/// <summary>Halves both sides by a strided 3x3 convolution. Source: diffusers <c>Downsample2D</c>.</summary>
internal sealed class Downsample2D : Module<Tensor, Tensor>
{
    [StateKey("conv")]
    private readonly ConvolutionLayer _conv;
    private readonly bool _padsRightAndBottom;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="padding">1: both sides; 0: one column right and one row below only, as the autoencoder does.</param>
    /// <param name="placement">Device and type.</param>
    public Downsample2D(long channels, long padding, Placement placement)
        : base(nameof(Downsample2D))
    {
        _padsRightAndBottom = padding == 0;
        _conv = Layer.Conv(channels, channels, 3, placement, stride: 2, padding: padding);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return _conv.call(_padsRightAndBottom ? functional.pad(x, [0, 1, 0, 1]) : x).MoveToOuterDisposeScope(); // [B, C, H/2, W/2]
    }
}

/// <summary>
/// Nearest-neighbour enlargement, to twice the size or to a given one, then a 3x3 convolution. Source: diffusers <c>Upsample2D</c>.
/// </summary>
internal sealed class Upsample2D : Module<Tensor, (long Height, long Width)?, Tensor>
{
    [StateKey("conv")]
    private readonly ConvolutionLayer _conv;

    public Upsample2D(long channels, Placement placement)
        : base(nameof(Upsample2D))
    {
        _conv = Layer.Conv(channels, channels, 3, placement);
        RegisterComponents();
    }

    /// <param name="x">[B, C, H, W].</param>
    /// <param name="size">Height and width to reach; null doubles both. Odd sizes come from the skip connections.</param>
    public override Tensor forward(Tensor x, (long Height, long Width)? size)
    {
        using var scope = NewDisposeScope();
        var (height, width) = size ?? (x.shape[2] * 2, x.shape[3] * 2);
        return functional.interpolate(x, [height, width], mode: InterpolationMode.Nearest).Then(_conv.call).MoveToOuterDisposeScope();
    }
}
