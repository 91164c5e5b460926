using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Testing;

/// <summary>
/// Weights from a formula instead of a file: an integer hash of (index, tensor number), so that two implementations fill full-size models
/// alike without exchanging gigabytes. The formula is written out in tests/goldens/full_scale/*/case.json.
/// </summary>
public static class FormulaWeights
{
    private const int Chunk = 1 << 20;

    /// <summary>Number of the first tensor of a U-Net, in the byte order of the state-dict names.</summary>
    public const int UNetOrdinal = 0;

    /// <summary>Number of the first tensor of a ControlNet.</summary>
    public const int ControlNetOrdinal = 10000;

    private const double StemGain = 1.7;

    /// <summary>Fills every tensor of the state dict by its name and its number.</summary>
    /// <param name="module">Any model; dtypes and devices stay.</param>
    /// <param name="firstOrdinal">Number of the first name in byte order.</param>
    /// <param name="gain">Gain of matrices and convolutions; the conditioning stem has its own.</param>
    public static void Fill(nn.Module module, int firstOrdinal, double gain = 1)
    {
        using var guard = no_grad();
        var ordinal = firstOrdinal;
        foreach (var (name, weight) in module.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
            Fill(weight, name, ordinal++, gain);
    }

    /// <summary>Fills one tensor.</summary>
    public static void Fill(Tensor weight, string name, int ordinal, double gain = 1)
    {
        var fan = weight.shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        var ownGain = weight.dim() == 4 && name.StartsWith("controlnet_cond_embedding.", StringComparison.Ordinal) ? StemGain : gain;
        Func<double, float> value = (weight.dim(), name.EndsWith(".bias", StringComparison.Ordinal)) switch
        {
            (1, true) => v => (float)(0.1 * v),
            (1, false) => v => (float)(1 + 0.2 * v),
            _ => v => (float)(v * Math.Sqrt(3) * ownGain / Math.Sqrt(fan)),
        };
        Write(weight, ordinal, value);
    }

    /// <summary>An input tensor: sqrt(3) times the hash.</summary>
    /// <returns>float32 on the processor.</returns>
    public static Tensor Input(int ordinal, params long[] shape) => Make(ordinal, v => (float)(Math.Sqrt(3) * v), shape);

    /// <summary>A condition of three channels: the hash in [0, 1).</summary>
    /// <param name="ordinal">Number of the tensor.</param>
    /// <param name="shape">[B, 3, H, W].</param>
    public static Tensor Picture(int ordinal, params long[] shape) => Make(ordinal, v => (float)((v + 1) / 2), shape);

    /// <summary>
    /// A label map as one-hot condition: every cell of <paramref name="cell"/> x <paramref name="cell"/> pixels has one of K labels.
    /// </summary>
    /// <param name="ordinal">Number of the label tensor.</param>
    /// <param name="cell">Side of a cell in pixels.</param>
    /// <param name="shape">[B, K, H, W].</param>
    public static Tensor Labels(int ordinal, long cell, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var (batch, labels, height, width) = (shape[0], shape[1], shape[2], shape[3]);
        using var cells = Make(
            ordinal,
            v => (float)Math.Min(Math.Floor((v + 1) / 2 * labels), labels - 1),
            [batch, (height + cell - 1) / cell, (width + cell - 1) / cell]
        );
        // [B, H, W]
        var ids = cells.repeat_interleave(cell, 1).repeat_interleave(cell, 2)[.., ..(int)height, ..(int)width].to_type(ScalarType.Int64);
        // [B, K, H, W]
        return nn.functional.one_hot(ids, labels).permute(0, 3, 1, 2).to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Make(int ordinal, Func<double, float> value, long[] shape)
    {
        var result = empty(shape, dtype: ScalarType.Float32, device: CPU);
        Write(result, ordinal, value);
        return result;
    }

    private static void Write(Tensor target, int ordinal, Func<double, float> value)
    {
        using var guard = no_grad();
        using var flat = target.view(-1);
        var buffer = new float[Math.Min(Chunk, flat.numel())];
        for (long start = 0; start < flat.numel(); start += buffer.Length)
        {
            var count = (int)Math.Min(buffer.Length, flat.numel() - start);
            for (var i = 0; i < count; i++)
                buffer[i] = value(Hash(start + i, ordinal));
            using var part = flat.narrow(0, start, count);
            if (target.dtype == ScalarType.Float32 && target.device_type == DeviceType.CPU)
            {
                MemoryMarshal.AsBytes(buffer.AsSpan(0, count)).CopyTo(part.bytes);
                continue;
            }
            using var source = tensor(buffer)[..count];
            part.copy_(source);
        }
    }

    // [-1, 1), uniform.
    private static double Hash(long index, int ordinal)
    {
        unchecked
        {
            var x = (uint)(index + 1) * 0x9E3779B1u + (uint)(ordinal + 1) * 0x85EBCA77u;
            x ^= x >> 16;
            x *= 0x7feb352d;
            x ^= x >> 15;
            x *= 0x846ca68b;
            x ^= x >> 16;
            return x / 4294967296.0 * 2 - 1;
        }
    }
}
