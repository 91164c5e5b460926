using System.Runtime.InteropServices;
using Lumen.Core.Checkpoints;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// One Adam moment of a parameter, in float32 or bfloat16. bfloat16 is rounded stochastically, so that changes below its resolution are
/// kept on average: a decay of 0.999 would never move a number that is rounded to the nearest.
/// </summary>
internal sealed class Moments(int length, ScalarType type)
{
    private readonly NativeArray<float> _wide = new(type == ScalarType.BFloat16 ? 0 : length);
    private readonly NativeArray<ushort> _narrow = new(type == ScalarType.BFloat16 ? length : 0);

    /// <summary>Type of the numbers.</summary>
    public ScalarType Type => type;

    /// <summary>Their bytes.</summary>
    public ReadOnlySpan<byte> Bytes =>
        type == ScalarType.BFloat16 ? MemoryMarshal.AsBytes(_narrow.Span) : MemoryMarshal.AsBytes(_wide.Span);

    /// <summary>Some of the numbers as float32: themselves, or widened into the buffer.</summary>
    public Span<float> Open(Range range, Span<float> buffer)
    {
        if (type != ScalarType.BFloat16)
            return _wide.Span[range];
        var bits = _narrow.Span[range];
        BFloat16Bits.Widen(bits, buffer);
        return buffer[..bits.Length];
    }

    /// <summary>Keeps what <see cref="Open"/> gave.</summary>
    /// <param name="range">The range of <see cref="Open"/>.</param>
    /// <param name="values">Its result, changed.</param>
    /// <param name="seed">Of the rounding; another one for each step, moment, parameter and range.</param>
    public void Close(Range range, ReadOnlySpan<float> values, uint seed)
    {
        if (type == ScalarType.BFloat16)
            BFloat16Bits.RoundStochastically(values, _narrow.Span[range], seed);
    }

    /// <summary>A copy, in the caller's scope.</summary>
    public Tensor ToTensor(long[] shape)
    {
        var values = empty(shape, type);
        Bytes.CopyTo(values.bytes);
        return values;
    }

    /// <summary>Takes up a checkpoint's; numbers of another type are rounded to the nearest.</summary>
    public void Restore(SafetensorsFile file, string name)
    {
        using var scope = NewDisposeScope();
        var bytes = file.Read(name, type).bytes;
        if (type == ScalarType.BFloat16)
            MemoryMarshal.Cast<byte, ushort>(bytes).CopyTo(_narrow.Span);
        else
            MemoryMarshal.Cast<byte, float>(bytes).CopyTo(_wide.Span);
    }
}
