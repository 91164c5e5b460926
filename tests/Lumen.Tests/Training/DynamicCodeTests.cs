using Lumen.Core.Tensors;
using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Training;

public sealed class DynamicCodeTests
{
    [Fact]
    public void There_are_256_values_with_zero_and_one_and_every_decade_has_twice_as_many_as_the_one_below()
    {
        foreach (var (code, signs) in new[] { (DynamicCode.Signed, 2), (DynamicCode.Unsigned, 1) })
        {
            var values = code.All.ToArray();
            Assert.Equal(256, values.Distinct().Count());
            Assert.Equal(values.Order(), values);
            Assert.Equal((0f, 1f), (values[code.Zero], values[^1]));
            for (var decade = 0; decade < 7; decade++)
            {
                var (low, high) = (Math.Pow(10, decade - 7), Math.Pow(10, decade - 6));
                Assert.Equal((3 - signs) << decade, values.Count(value => value > low && value < high));
            }
        }
        Assert.True(DynamicCode.Signed.All[0] < -0.99f && DynamicCode.Unsigned.All[0] == 0);
    }

    [Fact]
    public void Numbers_are_rounded_to_the_nearest_value_and_values_come_back_as_they_are()
    {
        var random = new RandomStream(5);
        var values = Enumerable.Range(0, 700).Select(i => (float)((random.UniformAt(i) - 0.5) * Math.Pow(10, -i % 9))).ToArray();
        var (codes, scales, back) = (new byte[700], new float[3], new float[700]);
        DynamicCode.Signed.Encode(values, codes, scales, null);
        DynamicCode.Signed.Decode(codes, scales, back);
        for (var i = 0; i < values.Length; i++)
        {
            var nearest = DynamicCode.Signed.All.ToArray().Min(value => Math.Abs(value * scales[i / 256] - values[i]));
            Assert.Equal(nearest, Math.Abs(back[i] - values[i]), 1e-6f * Math.Abs(scales[i / 256]));
        }
        Assert.Equal(values.Take(256).MaxBy(Math.Abs), scales[0]);
        var (again, same) = (new byte[700], new float[3]);
        DynamicCode.Signed.Encode(back, again, same, 17); // nothing to draw for
        Assert.Equal(codes, again);
    }

    [Fact]
    public void The_mean_is_kept_the_draw_is_the_seeds_and_what_is_positive_never_becomes_zero()
    {
        const int Count = 256 * 200;
        foreach (var value in (float[])[0.7031f, 1.2345e-3f, 3e-6f])
        {
            var values = Enumerable.Range(0, Count).Select(i => i % 256 == 0 ? 2f : value).ToArray();
            var (codes, scales, back) = (new byte[Count], new float[200], new float[Count]);
            DynamicCode.Signed.Encode(values, codes, scales, 3);
            DynamicCode.Signed.Decode(codes, scales, back);
            Assert.Equal(value, back.Where((_, i) => i % 256 != 0).Average(), value * 0.01f);
            var again = new byte[Count];
            DynamicCode.Signed.Encode(values, again, scales, 3);
            Assert.Equal(codes, again);
            DynamicCode.Signed.Encode(values, again, scales, 4);
            Assert.NotEqual(codes, again);
        }
        float[] small = [1, 1e-12f, 0, -0f];
        var (few, scale, read) = (new byte[4], new float[1], new float[4]);
        for (var seed = 0u; seed < 50; seed++)
        {
            DynamicCode.Unsigned.Encode(small, few, scale, seed);
            DynamicCode.Unsigned.Decode(few, scale, read);
            Assert.True(read[0] == 1 && read[1] > 0 && read[2] == 0 && read[3] == 0, string.Join(" ", read));
        }
        DynamicCode.Signed.Encode([0, 0, 1e-40f], few.AsSpan(0, 3), scale, 1);
        Assert.Equal((0f, DynamicCode.Signed.Zero), (scale[0], few[2]));
    }
}
