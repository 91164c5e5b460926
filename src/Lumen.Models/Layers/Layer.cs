using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>PyTorch's layers, placed: every weight is born on the device and in the type of its <see cref="Placement"/>.</summary>
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
        nn.Linear(input, output, bias, placement.Device, placement.Compute);

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
