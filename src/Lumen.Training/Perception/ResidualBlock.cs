using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Perception;

/// <summary>Two normalised 3x3 convolutions with a residual connection, pre-activation (He et al. 2016).</summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5;

    [StateKey("norm1")]
    private readonly GroupNorm _norm1;

    [StateKey("conv1")]
    private readonly Conv2d _conv1;

    [StateKey("norm2")]
    private readonly GroupNorm _norm2;

    [StateKey("conv2")]
    private readonly Conv2d _conv2;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="groups">Groups of the norms.</param>
    /// <param name="dilation">Distance of the convolutions' taps.</param>
    /// <param name="placement">Device and type.</param>
    public ResidualBlock(int channels, int groups, int dilation, Placement placement)
        : base(nameof(ResidualBlock))
    {
        _norm1 = Norm(groups, channels, placement);
        _conv1 = Conv(channels, channels, 3, placement, dilation: dilation);
        _norm2 = Norm(groups, channels, placement);
        _conv2 = Conv(channels, channels, 3, placement, dilation: dilation);
        RegisterComponents();
    }

    /// <param name="x">[B, C, h, w].</param>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = _conv1.call(functional.relu(_norm1.call(x)));
        h = _conv2.call(functional.relu(_norm2.call(h)));
        return (x + h).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution that keeps the size, or divides it by the stride, born where it belongs.</summary>
    internal static Conv2d Conv(long input, long output, long kernel, Placement placement, long stride = 1, long dilation = 1) =>
        Conv2d(
            input,
            output,
            kernel,
            stride,
            kernel / 2 * dilation,
            dilation,
            PaddingModes.Zeros,
            1,
            true,
            placement.Device,
            placement.Compute
        );

    /// <summary>
    /// A group norm that starts as the plain normalisation; with an explicit device or type the native constructor leaves its weights as it
    /// finds the memory.
    /// </summary>
    internal static GroupNorm Norm(long groups, long channels, Placement placement)
    {
        using var frozen = no_grad();
        var norm = GroupNorm(groups, channels, Epsilon, true, placement.Device, placement.Compute);
        norm.weight!.fill_(1);
        norm.bias!.zero_();
        return norm;
    }
}
