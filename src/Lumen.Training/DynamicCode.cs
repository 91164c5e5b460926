namespace Lumen.Training;

/// <summary>
/// Numbers in eight bits with a scale a block, its largest number with its sign: 256 values between -1 and 1, or 0 and 1, twice as many
/// in each decade as in the one below, so that small numbers beside a large one keep their digits (the dynamic data type and block-wise
/// quantisation of Dettmers et al. 2022, "8-bit Optimizers via Block-wise Quantization"; here rounded stochastically, and a positive
/// second moment never becomes zero).
/// </summary>
internal sealed class DynamicCode
{
    /// <summary>Numbers that share a scale.</summary>
    public const int Block = 256;

    /// <summary>Bytes a number, its share of the scale included.</summary>
    public const double Bytes = 1 + sizeof(float) / (double)Block;

    /// <summary>The scale from which on a block is more than zeros.</summary>
    public const float Smallest = 1e-37f;

    private const int Decades = 7,
        Values = 256;
    private const int CellBits = 13; // of a number's bits in their order: sign, exponent and four of the mantissa
    private readonly float[] _values = new float[Values];
    private readonly byte[] _starts = new byte[1 << CellBits]; // the last value but one that is not above a cell
    private readonly bool _signed;

    private DynamicCode(bool signed)
    {
        _signed = signed;
        var values = new List<float> { 0, 1 };
        for (var decade = 0; decade < Decades; decade++)
        {
            var count = (signed ? 1 : 2) << decade;
            for (var i = 0; i < count; i++)
            {
                var value = (float)((0.1 + 0.9 * (i + 0.5) / count) * Math.Pow(10, decade + 1 - Decades));
                values.Add(value);
                if (signed)
                    values.Add(-value);
            }
        }
        values.Sort();
        values.CopyTo(_values);
        Zero = (byte)Array.IndexOf(_values, 0);
        for (var cell = 0; cell < _starts.Length; cell++)
        {
            var least = Number((uint)cell << (32 - CellBits));
            _starts[cell] = (byte)Math.Clamp(Array.FindLastIndex(_values, value => value <= least), 0, Values - 2);
        }
    }

    /// <summary>For numbers of both signs.</summary>
    public static DynamicCode Signed { get; } = new(signed: true);

    /// <summary>For numbers that are not negative.</summary>
    public static DynamicCode Unsigned { get; } = new(signed: false);

    /// <summary>The values, ascending.</summary>
    public ReadOnlySpan<float> All => _values;

    /// <summary>The code of zero.</summary>
    public byte Zero { get; }

    /// <summary>Scales of so many numbers.</summary>
    public static int Blocks(long count) => (int)((count + Block - 1) / Block);

    /// <summary>Writes the numbers as float32.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="scales">A scale each 256.</param>
    /// <param name="target">At least as long.</param>
    public void Decode(ReadOnlySpan<byte> codes, ReadOnlySpan<float> scales, Span<float> target)
    {
        for (var i = 0; i < codes.Length; i++)
            target[i] = _values[codes[i]] * scales[i / Block];
    }

    /// <summary>Rounds finite numbers to one of the two values around them.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="codes">Their codes, as many.</param>
    /// <param name="scales">A scale each 256.</param>
    /// <param name="seed">By chance, so that the mean is kept, and alike for the same seed; null to the nearest.</param>
    public void Encode(ReadOnlySpan<float> source, Span<byte> codes, Span<float> scales, uint? seed)
    {
        for (var start = 0; start < source.Length; start += Block)
        {
            var block = source[start..Math.Min(start + Block, source.Length)];
            var (low, high) = (0f, 0f);
            foreach (var value in block)
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            var scale = high >= -low ? high : low;
            scale = Math.Abs(scale) < Smallest ? 0 : scale;
            scales[start / Block] = scale;
            var target = codes.Slice(start, block.Length);
            if (scale == 0)
                target.Fill(Zero);
            else
                for (var i = 0; i < block.Length; i++)
                    target[i] = CodeOf(block[i] / scale, seed is { } own ? Draw(own + (uint)(start + i)) : 0.5f);
        }
    }

    private byte CodeOf(float value, float draw)
    {
        int lower = _starts[Order(value) >> (32 - CellBits)];
        while (lower < Values - 2 && _values[lower + 1] <= value)
            lower++;
        var (low, high) = (_values[lower], _values[lower + 1]);
        var code = value - low > draw * (high - low) ? lower + 1 : lower;
        return (byte)(code == 0 && !_signed && value > 0 ? 1 : code);
    }

    // 0 to 1, without 1, by an integer hash with little bias: Wellons, "Prospecting for hash functions" (2018).
    private static float Draw(uint x)
    {
        x = unchecked((x ^ (x >> 16)) * 0x7FEB352Du);
        x = unchecked((x ^ (x >> 15)) * 0x846CA68Bu);
        return ((x ^ (x >> 16)) >> 8) / (float)(1 << 24);
    }

    // The bits of numbers in the order of the numbers, and back.
    private static uint Order(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x8000_0000) == 0 ? bits | 0x8000_0000 : ~bits;
    }

    private static float Number(uint order) => BitConverter.UInt32BitsToSingle((order & 0x8000_0000) != 0 ? order & 0x7FFF_FFFF : ~order);
}
