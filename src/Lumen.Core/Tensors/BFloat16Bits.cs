using System.Numerics;
using System.Runtime.InteropServices;

namespace Lumen.Core.Tensors;

/// <summary>
/// Conversions between bfloat16, held as its 16 bits, and float32, as PyTorch makes them: exact one way, to the nearest even value the
/// other way.
/// </summary>
public static class BFloat16Bits
{
    private const ushort NotANumber = 0x7FC0;

    /// <summary>Writes the same numbers as float32.</summary>
    /// <param name="source">Bits of bfloat16 numbers.</param>
    /// <param name="target">At least as long.</param>
    public static void Widen(ReadOnlySpan<ushort> source, Span<float> target)
    {
        var vectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(source);
        var floats = MemoryMarshal.Cast<float, Vector<float>>(target[..source.Length]);
        for (var i = 0; i < vectors.Length; i++)
            (floats[2 * i], floats[2 * i + 1]) = Widen(vectors[i]);
        for (var i = vectors.Length * Vector<ushort>.Count; i < source.Length; i++)
            target[i] = Widen(source[i]);
    }

    /// <summary>Adds the numbers to a sum in float32.</summary>
    /// <inheritdoc cref="Widen(ReadOnlySpan{ushort}, Span{float})"/>
    public static void AddTo(ReadOnlySpan<ushort> source, Span<float> target)
    {
        var vectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(source);
        var floats = MemoryMarshal.Cast<float, Vector<float>>(target[..source.Length]);
        for (var i = 0; i < vectors.Length; i++)
        {
            var (low, high) = Widen(vectors[i]);
            floats[2 * i] += low;
            floats[2 * i + 1] += high;
        }
        for (var i = vectors.Length * Vector<ushort>.Count; i < source.Length; i++)
            target[i] += Widen(source[i]);
    }

    /// <summary>Rounds float32 numbers to the nearest bfloat16, ties to even.</summary>
    /// <param name="source">float32 numbers.</param>
    /// <param name="target">Their bits as bfloat16; at least as long.</param>
    public static void Round(ReadOnlySpan<float> source, Span<ushort> target)
    {
        var floats = MemoryMarshal.Cast<float, Vector<float>>(source);
        var vectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(target[..source.Length]);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] = Vector.Narrow(Round(floats[2 * i]), Round(floats[2 * i + 1]));
        for (var i = vectors.Length * Vector<ushort>.Count; i < source.Length; i++)
            target[i] = Round(source[i]);
    }

    /// <summary>
    /// Rounds float32 numbers to one of the two bfloat16 around them, by chance so that the mean is kept: the farther one is the less
    /// likely.
    /// </summary>
    /// <param name="source">Finite float32 numbers.</param>
    /// <param name="target">Their bits as bfloat16; at least as long.</param>
    /// <param name="seed">The same seed rounds the same numbers alike.</param>
    public static void RoundStochastically(ReadOnlySpan<float> source, Span<ushort> target, uint seed)
    {
        var floats = MemoryMarshal.Cast<float, Vector<uint>>(source);
        var vectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(target[..source.Length]);
        var (width, low) = (Vector<uint>.Count, new Vector<uint>(0xFFFF));
        var places = Vector<uint>.Indices + new Vector<uint>(seed);
        for (var i = 0; i < vectors.Length; i++)
        {
            var next = places + new Vector<uint>((uint)width);
            vectors[i] = Vector.Narrow((floats[2 * i] + (Mixed(places) & low)) >>> 16, (floats[2 * i + 1] + (Mixed(next) & low)) >>> 16);
            places = next + new Vector<uint>((uint)width);
        }
        for (var i = vectors.Length * Vector<ushort>.Count; i < source.Length; i++)
            target[i] = (ushort)((BitConverter.SingleToUInt32Bits(source[i]) + (Mixed(seed + (uint)i) & 0xFFFF)) >> 16);
    }

    // An integer hash with little bias: Wellons, "Prospecting for hash functions" (2018), its constants of 32 bits.
    private static Vector<uint> Mixed(Vector<uint> x)
    {
        x = (x ^ (x >>> 16)) * new Vector<uint>(0x7FEB352Du);
        x = (x ^ (x >>> 15)) * new Vector<uint>(0x846CA68Bu);
        return x ^ (x >>> 16);
    }

    private static uint Mixed(uint x)
    {
        x = unchecked((x ^ (x >> 16)) * 0x7FEB352Du);
        x = unchecked((x ^ (x >> 15)) * 0x846CA68Bu);
        return x ^ (x >> 16);
    }

    private static (Vector<float> Low, Vector<float> High) Widen(Vector<ushort> bits)
    {
        Vector.Widen(bits, out var low, out var high);
        return (Vector.AsVectorSingle(low << 16), Vector.AsVectorSingle(high << 16));
    }

    private static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static Vector<uint> Round(Vector<float> values)
    {
        var bits = Vector.AsVectorUInt32(values);
        var rounded = (bits + new Vector<uint>(0x7FFF) + ((bits >>> 16) & Vector<uint>.One)) >>> 16;
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(values, values)), rounded, new Vector<uint>(NotANumber));
    }

    private static ushort Round(float value)
    {
        if (float.IsNaN(value))
            return NotANumber;
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
