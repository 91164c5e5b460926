using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Layers;

/// <summary>Halves both sides by a strided 3x3 convolution. Source: diffusers <c>Downsample2D</c>.</summary>
internal sealed class Downsample2D : Module<Tensor, Tensor>
{
    [StateKey("conv")] private readonly Conv2d _conv;
    private readonly bool _padsRightAndBottom;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="padding">1: both sides; 0: one column right and one row below only, as the autoencoder does.</param>
    /// <param name="placement">Device and type.</param>
    public Downsample2D(long channels, long padding, Placement placement) : base(nameof(Downsample2D))
    {
        _padsRightAndBottom = padding == 0;
        _conv = Layer.Conv(channels, channels, 3, placement, stride: 2, padding: padding);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return _conv.call(_padsRightAndBottom ? functional.pad(x, [0, 1, 0, 1]) : x).MoveToOuterDisposeScope();   // [B, C, H/2, W/2]
    }
}

/// <summary>Nearest-neighbour enlargement, to twice the size or to a given one, then a 3x3 convolution. Source: diffusers <c>Upsample2D</c>.</summary>
internal sealed class Upsample2D : Module<Tensor, (long Height, long Width)?, Tensor>
{
    [StateKey("conv")] private readonly Conv2d _conv;

    public Upsample2D(long channels, Placement placement) : base(nameof(Upsample2D))
    {
        _conv = Layer.Conv(channels, channels, 3, placement);
        RegisterComponents();
    }

    /// <param name="x">[B, C, H, W].</param>
    /// <param name="size">Height and width to reach; null doubles both. Odd sizes come from the skip connections.</param>
    public override Tensor forward(Tensor x, (long Height, long Width)? size)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (x.shape[2], x.shape[3]);
        var enlarged = size is null || size == (2 * height, 2 * width) ? Double(x) : Nearest(Nearest(x, 2, size.Value.Height), 3, size.Value.Width);
        return _conv.call(enlarged).MoveToOuterDisposeScope();
    }

    // functional.interpolate of TorchSharp 0.107 now and then hands the native side a size array that the garbage collector has moved; these two do not need it.
    private static Tensor Double(Tensor x)
    {
        var (batch, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        return x.unsqueeze(3).unsqueeze(5).expand(batch, channels, height, 2, width, 2).reshape(batch, channels, 2 * height, 2 * width);
    }

    // PyTorch's "nearest": cell i of the result is cell floor(i * old / new).
    private static Tensor Nearest(Tensor x, int dimension, long size)
    {
        var old = x.shape[dimension];
        return x.index_select(dimension, tensor(Enumerable.Range(0, (int)size).Select(i => Math.Min((long)(i * ((float)old / size)), old - 1)).ToArray(), device: x.device));
    }
}
