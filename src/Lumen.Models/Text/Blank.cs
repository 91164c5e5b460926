using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Models.Text;

/// <summary>
/// Standard modules whose weights start as zeros, waiting for a checkpoint or <c>Initialise</c>. TorchSharp's own constructors would draw random
/// weights from the global generator: slow for 123 million of them, and not a <see cref="RandomStream"/>.
/// </summary>
internal static class Blank
{
    public static Linear Linear(long input, long output, Placement placement) => nn.Linear(Zeros(placement, output, input), Zeros(placement, output));

    public static Embedding Embedding(long count, long width, Placement placement) =>
        nn.Embedding_from_pretrained(zeros(count, width, placement.Compute, placement.Device), freeze: false);

    public static LayerNorm LayerNorm(ClipTextConfig config, Placement placement) =>
        nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon, device: placement.Device, dtype: placement.Compute);

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

    private static Parameter Zeros(Placement placement, params long[] shape) => new(zeros(shape, placement.Compute, placement.Device));
}
