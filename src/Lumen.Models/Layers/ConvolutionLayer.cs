using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Layers;

/// <summary>
/// PyTorch's <c>Conv2d</c>, and around faults of the CPU kernels (oneDNN 3.7) that come with libtorch 2.10: where channels do not fill the
/// kernels' blocks of 8 or 16, they are copied wrongly, in float32 as in bfloat16, and in bfloat16 the backward pass reads past the end of
/// the gradient, whose chance neighbours may be not-a-number. So channels are put innermost in memory, which costs nothing where they are
/// already, and zeros fill the last block.
/// </summary>
internal sealed class ConvolutionLayer : Module<Tensor, Tensor>
{
    private const long Block = 16;
    private const long Few = 4; // colours and latents have kernels of their own

    [StateKey("weight")]
    private readonly Parameter _weight; // [Cout, Cin, k, k]

    [StateKey("bias")]
    private readonly Parameter? _bias; // [Cout]
    private readonly long[] _strides;
    private readonly long[] _padding;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="kernel">Side of the kernel, k.</param>
    /// <param name="window">Stride, and zeros around the picture.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="placement">Device and type.</param>
    public ConvolutionLayer(
        (long Input, long Output) channels,
        long kernel,
        (long Stride, long Padding) window,
        bool bias,
        Placement placement
    )
        : base(nameof(ConvolutionLayer))
    {
        (_strides, _padding) = ([window.Stride, window.Stride], [window.Padding, window.Padding]);
        _weight = Layer.Zeros(placement, channels.Output, channels.Input, kernel, kernel);
        _bias = bias ? Layer.Zeros(placement, channels.Output) : null;
        RegisterComponents();
    }

    /// <param name="x">[B, Cin, H, W].</param>
    /// <returns>[B, Cout, H', W'].</returns>
    public override Tensor forward(Tensor x)
    {
        if (x.device_type != TorchSharp.DeviceType.CPU)
            return functional.conv2d(x, _weight, _bias, _strides, _padding);
        using var scope = NewDisposeScope();
        var maps = MemoryLayout.ChannelsLast(x);
        var (outputs, inputs) = (_weight.shape[0], _weight.shape[1]);
        var (missingOutputs, missingInputs) = (Missing(outputs), inputs > Few ? Missing(inputs) : 0);
        var weight = Filled(Filled(_weight, 1, missingInputs), 0, missingOutputs); // [Cout', Cin', k, k]
        var bias = _bias is null ? null : Filled(_bias, 0, missingOutputs);
        var result = functional.conv2d(Filled(maps, 1, missingInputs), weight, bias, _strides, _padding);
        return (missingOutputs == 0 ? result : result.narrow(1, 0, outputs)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Sets weight and bias to zero: a layer that adds nothing until it has learnt something (Zhang et al. 2023, "zero convolution").
    /// </summary>
    public void Zero()
    {
        using var frozen = no_grad();
        _weight.zero_();
        _bias?.zero_();
    }

    private static long Missing(long channels) => (Block - channels % Block) % Block;

    private static Tensor Filled(Tensor x, int dimension, long missing)
    {
        if (missing == 0)
            return x;
        long[] shape = [.. x.shape];
        shape[dimension] = missing;
        return cat([x, zeros(shape, x.dtype, x.device)], dimension);
    }
}
