using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Models.Text;

/// <summary>
/// Standard modules whose weights start as zeros, waiting for a checkpoint or <c>Initialise</c>. TorchSharp's own constructors would draw
/// random weights from the global generator: slow for 123 million of them, and not a <see cref="RandomStream"/>.
/// </summary>
internal static class Blank
{
    public static Linear Linear(long input, long output, Device device) => nn.Linear(Zeros(device, output, input), Zeros(device, output));

    public static LayerNorm LayerNorm(ClipTextConfig config, Device device) =>
        nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon, device: device, dtype: ScalarType.Float32);

    /// <summary>Normal weights of this deviation, zero bias.</summary>
    public static void Fill(Linear linear, double deviation, RandomStream random)
    {
        Fill(linear.weight!, deviation, random);
        Set(linear.bias!, 0);
    }

    /// <summary>Normal numbers of this deviation.</summary>
    public static void Fill(Tensor parameter, double deviation, RandomStream random)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        parameter.copy_(random.Normal(parameter.shape) * deviation);
    }

    /// <summary>Weight one, bias zero.</summary>
    public static void Reset(LayerNorm norm)
    {
        Set(norm.weight!, 1);
        Set(norm.bias!, 0);
    }

    private static void Set(Tensor parameter, double value)
    {
        using var quiet = no_grad();
        parameter.fill_(value);
    }

    /// <summary>A parameter of zeros.</summary>
    public static Parameter Zeros(Device device, params long[] shape) => new(zeros(shape, ScalarType.Float32, device));
}
