using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>Where a network lives and in which type it computes: one value, decided at the edge, passed through constructors.</summary>
/// <param name="Device">Device of weights and activations.</param>
/// <param name="Compute">Type of weights and activations: float32 or bfloat16. Norms, softmax, losses and schedules stay in float32 or
/// better.</param>
public readonly record struct Placement(Device Device, ScalarType Compute)
{
    /// <summary>float32 on the processor: the reference everything is compared with.</summary>
    public static Placement Reference => new(CPU, ScalarType.Float32);

    /// <summary>
    /// The fastest type this processor has: bfloat16 with AVX512_BF16 or AMX, float32 otherwise. Never float16, which CPUs emulate.
    /// </summary>
    public static Placement Fastest => new(CPU, Native.Processor.HasBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
}
