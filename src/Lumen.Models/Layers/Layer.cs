using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>
/// PyTorch's layers, placed: every weight is born on the device and in the type of its <see cref="Placement"/>, as zeros (norms as the
/// identity). A checkpoint or an initialisation fills them; PyTorch's own constructors would first draw a billion numbers from the global
/// generator.
/// </summary>
internal static class Layer
{
    public static ConvolutionLayer Conv(
        long input,
        long output,
        long kernel,
        Placement placement,
        long stride = 1,
        long? padding = null,
        bool bias = true
    ) => new((input, output), kernel, (stride, padding ?? kernel / 2), bias, placement);

    public static Linear Linear(long input, long output, Placement placement, bool bias = true) =>
        nn.Linear(Zeros(placement, output, input), bias ? Zeros(placement, output) : null);

    /// <summary>A parameter of zeros that no dispose scope owns.</summary>
    public static Parameter Zeros(Placement placement, params long[] shape)
    {
        var parameter = new Parameter(zeros(shape, placement.Compute, placement.Device));
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    public static GroupNorm GroupNorm(long groups, long channels, double eps, Placement placement)
    {
        var norm = nn.GroupNorm(groups, channels, eps, true, placement.Device, placement.Compute);
        Identity(norm.weight!, norm.bias!);
        return norm;
    }

    public static LayerNorm LayerNorm(long width, Placement placement, double eps = 1e-5)
    {
        var norm = nn.LayerNorm(width, eps, true, true, placement.Device, placement.Compute);
        Identity(norm.weight!, norm.bias!);
        return norm;
    }

    // With an explicit device or type the native constructors leave these weights as they find the memory.
    private static void Identity(Tensor weight, Tensor bias)
    {
        using var frozen = no_grad();
        weight.fill_(1);
        bias.zero_();
    }
}
