using Lumen.Core.Native;
using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>Where a network lives and in which type it computes: one value, decided at the edge, passed through constructors.</summary>
/// <param name="Device">Device of weights and activations.</param>
/// <param name="Compute">Type of weights and activations: float32 or bfloat16. Norms, softmax, losses and schedules stay in float32 or
/// better.</param>
public readonly record struct Placement(Device Device, ScalarType Compute)
{
    /// <summary>The words for <see cref="Compute"/>.</summary>
    public static IReadOnlyList<string> ComputeTypes { get; } = ["auto", "float32", "bfloat16"];

    /// <summary>float32 on the processor: the reference everything is compared with.</summary>
    public static Placement Reference => new(OnProcessor(), ScalarType.Float32);

    /// <summary>
    /// The processor, with the fastest type it has: bfloat16 with AVX512_BF16 or AMX, float32 otherwise. Never float16, which processors
    /// emulate.
    /// </summary>
    public static Placement Fastest => new(OnProcessor(), FastestType(TorchSharp.DeviceType.CPU));

    /// <summary>A placement from words, as options, recipes and the command line have them.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, <c>mps</c>, or <c>auto</c> for the first of cuda, mps and cpu that is
    /// there; null: cpu.</param>
    /// <param name="compute"><c>float32</c> or <c>bfloat16</c>; null or <c>auto</c>: the faster one of the device, on mps float32.</param>
    /// <exception cref="LumenException">A word is not known, or there is no such device; the message says which there are, and what to
    /// install where a native package is missing.</exception>
    public static Placement Parse(string? device = null, string? compute = null) =>
        device is null or "cpu" ? Of(OnProcessor(), compute) : Of(DeviceCatalog.Here().Find(device), compute);

    /// <inheritdoc/>
    public override string ToString() => $"{Device} in {$"{Compute}".ToLowerInvariant()}";

    private static Placement Of(Device device, string? compute) =>
        compute switch
        {
            null or "auto" => new(device, FastestType(device.type)),
            "float32" => new(device, ScalarType.Float32),
            "bfloat16" => new(device, ScalarType.BFloat16),
            _ => throw new LumenException(
                LumenErrorKind.Option,
                $"`Dtype` must be {string.Join(", ", ComputeTypes.SkipLast(1))} or {ComputeTypes[^1]} but is \"{compute}\"."
            ),
        };

    private static ScalarType FastestType(TorchSharp.DeviceType type) =>
        type switch
        {
            TorchSharp.DeviceType.CPU => Native.Processor.HasBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32,
            TorchSharp.DeviceType.CUDA => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        };

    private static Device OnProcessor()
    {
        NativeLibraries.Load();
        return CPU;
    }
}
