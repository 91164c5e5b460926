using System.Runtime.InteropServices;
using Lumen.Core.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Tensors;

public sealed class BFloat16BitsTests
{
    private const int Count = 1000 + 7; // more than whole vectors

    private static readonly float[] Odd =
    [
        0,
        -0f,
        1,
        float.PositiveInfinity,
        float.NegativeInfinity,
        float.MaxValue,
        float.Epsilon,
        1.00390625f,
        1.01171875f,
    ];

    [Fact]
    public void Rounding_is_pytorchs()
    {
        var numbers = Numbers();
        var bits = new ushort[Count];
        BFloat16Bits.Round(numbers, bits);
        Assert.Equal(MemoryMarshal.Cast<byte, ushort>(tensor(numbers).bfloat16().bytes).ToArray(), bits);
    }

    [Fact]
    public void Widening_is_pytorchs_and_adding_adds_it()
    {
        var rounded = tensor(Numbers()).bfloat16();
        var bits = MemoryMarshal.Cast<byte, ushort>(rounded.bytes);
        var (wide, sum) = (new float[Count], Enumerable.Repeat(0.5f, Count).ToArray());
        BFloat16Bits.Widen(bits, wide);
        BFloat16Bits.AddTo(bits, sum);
        Assert.Equal(rounded.to_type(ScalarType.Float32).data<float>().ToArray(), wide);
        Assert.Equal(wide.Select(value => 0.5f + value), sum);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void What_is_no_number_stays_none(int place)
    {
        var numbers = new float[41];
        numbers[place] = BitConverter.UInt32BitsToSingle(0x7F800001);
        var bits = new ushort[41];
        BFloat16Bits.Round(numbers, bits);
        Assert.Equal(0x7FC0, bits[place]);
    }

    private static float[] Numbers() => [.. Odd, .. new RandomStream(3).Normal(Count - Odd.Length).data<float>().ToArray()];
}
