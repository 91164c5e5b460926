namespace Lumen.Core.Checkpoints;

/// <summary>
/// Eight-bit floats as safetensors files hold them (Micikevicius et al. 2022, "FP8 formats for deep learning"). libtorch's bridge has no
/// such type, so they are widened while they are read; every value is exact in bfloat16.
/// </summary>
internal enum Float8
{
    /// <summary>4 bits of exponent, 3 of mantissa, no infinity, at most 448: <c>F8_E4M3</c>, torch's <c>float8_e4m3fn</c>.</summary>
    E4M3,

    /// <summary>5 bits of exponent, 2 of mantissa, at most 57344: <c>F8_E5M2</c>, torch's <c>float8_e5m2</c>.</summary>
    E5M2,
}

/// <summary>The values of eight-bit floats.</summary>
internal static class Float8Values
{
    /// <summary>The value of each of the 256 codes, times a scale.</summary>
    public static float[] Table(Float8 type, float scale) => [.. Enumerable.Range(0, 256).Select(code => Value(type, (byte)code) * scale)];

    private static float Value(Float8 type, byte code)
    {
        if (type == Float8.E5M2)
            return (float)BitConverter.UInt16BitsToHalf((ushort)(code << 8)); // the upper half of a float16
        var (sign, exponent, mantissa) = (code >= 128 ? -1f : 1f, code >> 3 & 15, code & 7);
        if (exponent == 15 && mantissa == 7)
            return float.NaN;
        return sign * (exponent == 0 ? mantissa * MathF.Pow(2, -9) : (1 + mantissa / 8f) * MathF.Pow(2, exponent - 7));
    }
}
