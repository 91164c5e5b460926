using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lumen.Models.Layers;

/// <summary>
/// Sixteen numbers at a time for kernels over bfloat16 maps: load and store with rounding to nearest even, exponential and sigmoid in
/// float32.
/// </summary>
internal static unsafe class Avx512Math
{
    public const int Width = 16;

    /// <summary>Whether this processor can.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ushort* source) => (Avx512F.ConvertToVector512UInt32(Vector256.Load(source)) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, ushort* target)
    {
        var bits = value.AsUInt32();
        bits = (bits + Vector512.Create(0x7FFFu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        Avx512F.ConvertToVector256UInt16(bits).Store(target);
    }

    /// <summary>e^x, relative error below 2e-6: far below a step of bfloat16 (4e-3); not a number for what is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Avx512F.Min(Vector512.Create(88f), Avx512F.Max(Vector512.Create(-87f), x)); // of two, the second where one is not a number
        var n = Avx512F.RoundScale(x * Vector512.Create(1.44269504f), 0);
        var r = Avx512F.FusedMultiplyAddNegated(n, Vector512.Create(0.69314718f), x); // |r| <= ln 2 / 2
        var p = Avx512F.FusedMultiplyAdd(r, Vector512.Create(0.00833333f), Vector512.Create(0.04166667f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.16666667f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512<float>.One);
        return Avx512F.Scale(p, n);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Reciprocal(Vector512<float>.One + Exp(-x));

    /// <summary>1 / x by an estimate of 14 bits and one step of Newton's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Reciprocal(Vector512<float> x)
    {
        var estimate = Avx512F.Reciprocal14(x);
        return estimate * Avx512F.FusedMultiplyAddNegated(x, estimate, Vector512.Create(2f));
    }

    /// <summary>One number of its bits.</summary>
    public static float Single(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The bits of one number, rounded to nearest even.</summary>
    public static ushort Rounded(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
