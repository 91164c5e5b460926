using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>
/// Linear layers of zeros that wait for a checkpoint: drawing random weights that are overwritten at once takes seconds for a billion of
/// them.
/// </summary>
internal static class BlankLinear
{
    public static Linear Make(long input, long output, Placement placement) =>
        nn.Linear(Zeros(placement, output, input), Zeros(placement, output));

    /// <summary>A parameter of zeros.</summary>
    public static Parameter Zeros(Placement placement, params long[] shape) => new(zeros(shape, placement.Compute, placement.Device));
}
