using System.Runtime.InteropServices;
using Lumen.Core.Checkpoints;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// One Adam moment of a parameter, in float32, bfloat16 or eight bits (<see cref="DynamicCode"/>). What is narrow is rounded
/// stochastically, so that changes below its resolution are kept on average: a decay of 0.999 would never move a number that is rounded to
/// the nearest.
/// </summary>
internal sealed class Moments(int length, ScalarType type, bool signed = true)
{
    private readonly NativeArray<float> _wide = new(
        type == ScalarType.Float32 ? length
        : type == ScalarType.Byte ? DynamicCode.Blocks(length)
        : 0
    ); // the numbers, or the scales of eight bits
    private readonly NativeArray<ushort> _narrow = new(type == ScalarType.BFloat16 ? length : 0);
    private readonly NativeArray<byte> _codes = Codes(type == ScalarType.Byte ? length : 0, CodeOf(signed));

    /// <summary>Type of the numbers; Byte for codes.</summary>
    public ScalarType Type => type;

    /// <summary>What a moment is called in a checkpoint, and its scales.</summary>
    public static string ScalesOf(string kind) => $"{kind}_scale";

    /// <summary>The code of a moment in eight bits.</summary>
    public static DynamicCode CodeOf(bool signed) => signed ? DynamicCode.Signed : DynamicCode.Unsigned;

    /// <summary>Hashes what <see cref="Entries"/> gives.</summary>
    public void AppendTo(System.Security.Cryptography.IncrementalHash hash)
    {
        hash.AppendData(Bytes);
        if (type == ScalarType.Byte)
            hash.AppendData(MemoryMarshal.AsBytes(_wide.Span));
    }

    /// <summary>Some of the numbers as float32: themselves, or widened into the buffer.</summary>
    /// <param name="range">Begins with a block of <see cref="DynamicCode"/>.</param>
    /// <param name="buffer">At least as long.</param>
    public Span<float> Open(Range range, Span<float> buffer)
    {
        if (type == ScalarType.Float32)
            return _wide.Span[range];
        var count = range.GetOffsetAndLength(length).Length;
        if (type == ScalarType.BFloat16)
            BFloat16Bits.Widen(_narrow.Span[range], buffer);
        else
            CodeOf(signed).Decode(_codes.Span[range], Scales(range), buffer);
        return buffer[..count];
    }

    /// <summary>Keeps what <see cref="Open"/> gave.</summary>
    /// <param name="range">The range of <see cref="Open"/>.</param>
    /// <param name="values">Its result, changed.</param>
    /// <param name="seed">Of the rounding, another one for each step, moment, parameter and range; null to the nearest.</param>
    public void Close(Range range, ReadOnlySpan<float> values, uint? seed)
    {
        if (type == ScalarType.Byte)
            CodeOf(signed).Encode(values, _codes.Span[range], Scales(range), seed);
        else if (type == ScalarType.BFloat16 && seed is { } own)
            BFloat16Bits.RoundStochastically(values, _narrow.Span[range], own);
        else if (type == ScalarType.BFloat16)
            BFloat16Bits.Round(values, _narrow.Span[range]);
    }

    /// <summary>What a checkpoint holds of it, made in the caller's scope.</summary>
    /// <param name="kind">What it is called there.</param>
    /// <param name="name">The parameter's name.</param>
    /// <param name="shape">The parameter's shape.</param>
    public IEnumerable<StoredTensor> Entries(string kind, string name, long[] shape)
    {
        yield return new StoredTensor($"{kind}/{name}", type, shape, () => Copied(Bytes, shape, type));
        if (type == ScalarType.Byte)
            yield return new StoredTensor(
                $"{ScalesOf(kind)}/{name}",
                ScalarType.Float32,
                [_wide.Length],
                () => Copied(MemoryMarshal.AsBytes(_wide.Span), [_wide.Length], ScalarType.Float32)
            );
    }

    /// <summary>Takes up a checkpoint's; numbers of another type are rounded to the nearest.</summary>
    /// <exception cref="LumenException">It holds another shape, or nothing of that name.</exception>
    public void Restore(SafetensorsFile file, string kind, string name, long[] shape)
    {
        using var scope = NewDisposeScope();
        MasterWeights.RequireEntry(file, $"{kind}/{name}", shape);
        if (type == ScalarType.Byte && file.Entries[$"{kind}/{name}"].DType == ScalarType.Byte)
        {
            file.Read($"{kind}/{name}").bytes.CopyTo(_codes.Span);
            MemoryMarshal.Cast<byte, float>(ReadScales(file, kind, name, length).bytes).CopyTo(_wide.Span);
            return;
        }
        var values = MemoryMarshal.Cast<byte, float>(Read(file, kind, name, signed).bytes);
        if (type == ScalarType.Float32)
            values.CopyTo(_wide.Span);
        else
            Close(.., values, null);
    }

    /// <summary>A checkpoint's moment as float32, whatever its type.</summary>
    public static Tensor Read(SafetensorsFile file, string kind, string name, bool signed)
    {
        if (file.Entries[$"{kind}/{name}"].DType != ScalarType.Byte)
            return file.Read($"{kind}/{name}", ScalarType.Float32);
        var codes = file.Read($"{kind}/{name}");
        var scales = ReadScales(file, kind, name, codes.numel());
        var values = empty(codes.shape, ScalarType.Float32);
        CodeOf(signed).Decode(codes.bytes, MemoryMarshal.Cast<byte, float>(scales.bytes), MemoryMarshal.Cast<byte, float>(values.bytes));
        return values;
    }

    /// <summary>The scales of a checkpoint's moment in eight bits.</summary>
    public static Tensor ReadScales(SafetensorsFile file, string kind, string name, long count)
    {
        MasterWeights.RequireEntry(file, $"{ScalesOf(kind)}/{name}", [DynamicCode.Blocks(count)]);
        return file.Read($"{ScalesOf(kind)}/{name}", ScalarType.Float32);
    }

    private Span<byte> Bytes =>
        type == ScalarType.Byte ? _codes.Span
        : type == ScalarType.BFloat16 ? MemoryMarshal.AsBytes(_narrow.Span)
        : MemoryMarshal.AsBytes(_wide.Span);

    private Span<float> Scales(Range range) => _wide.Span[(range.GetOffsetAndLength(length).Offset / DynamicCode.Block)..];

    private static NativeArray<byte> Codes(int count, DynamicCode code)
    {
        var codes = new NativeArray<byte>(count);
        codes.Span.Fill(code.Zero);
        return codes;
    }

    private static Tensor Copied(ReadOnlySpan<byte> bytes, long[] shape, ScalarType type)
    {
        var values = empty(shape, type);
        bytes.CopyTo(values.bytes);
        return values;
    }
}
