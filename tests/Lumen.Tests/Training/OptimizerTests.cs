using Lumen.Core.Tensors;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

public sealed class OptimizerTests
{
    private static readonly OptimizerOptions Options = new()
    {
        LearningRate = 0.02,
        AdamWeightDecay = 0.05,
        EmaDecay = 0.95,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(37)]
    public void The_kernel_gives_what_a_plain_loop_in_double_gives(int length)
    {
        var weight = Draw(0, length);
        var (first, second, average) = (new float[length], new float[length], (float[])weight.Clone());
        var (w, m, v, a) = (Wide(weight), new double[length], new double[length], Wide(weight));
        for (var step = 0; step < 12; step++)
        {
            var gradient = Draw(step + 1, length);
            var (rate, scale) = (0.02 / (step + 1), step % 2 == 0 ? 1 : 0.3);
            new AdamKernel(rate, Options, step, scale).Update(weight, gradient, first, second, average);
            for (var i = 0; i < length; i++)
            {
                var g = gradient[i] * scale;
                m[i] = Options.AdamBeta1 * m[i] + (1 - Options.AdamBeta1) * g;
                v[i] = Options.AdamBeta2 * v[i] + (1 - Options.AdamBeta2) * g * g;
                var corrected = m[i] / (1 - Math.Pow(Options.AdamBeta1, step + 1));
                var spread = Math.Sqrt(v[i] / (1 - Math.Pow(Options.AdamBeta2, step + 1)));
                w[i] -= rate * (corrected / (spread + Options.AdamEpsilon) + Options.AdamWeightDecay * w[i]);
                var decay = Math.Min(Options.EmaDecay, (1.0 + step) / (10.0 + step));
                a[i] = decay * a[i] + (1 - decay) * w[i];
            }
        }
        for (var i = 0; i < length; i++)
        {
            Assert.Equal(w[i], weight[i], 2e-6);
            Assert.Equal(a[i], average[i], 2e-6);
        }
    }

    [Fact]
    public void Stochastic_rounding_keeps_the_mean_and_gives_a_neighbour()
    {
        foreach (var value in (float[])[1.001f, -3.7e-9f, 0.3333f, 2f, 0f])
        {
            var values = Enumerable.Repeat(value, 40_001).ToArray();
            var bits = new ushort[values.Length];
            BFloat16Bits.RoundStochastically(values, bits, 77);
            var rounded = new float[values.Length];
            BFloat16Bits.Widen(bits, rounded);
            Assert.Equal(value, rounded.Average(one => (double)one), Math.Abs(value) * 1e-4);
            Assert.All(rounded, one => Assert.InRange(Math.Abs(one - value), 0, Math.Abs(value) / 128));
            Assert.True(rounded.Distinct().Count() <= 2);
            var again = new ushort[values.Length];
            BFloat16Bits.RoundStochastically(values, again, 77);
            Assert.Equal(bits, again);
        }
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Byte)]
    public void Narrow_moments_forget_as_fast_as_those_in_float32(ScalarType type)
    {
        // A decay of 0.999 changes a number by a thousandth, which rounding to the nearest bfloat16 would undo at every step.
        var moments = new Moments(1000, type, signed: false);
        var buffer = new float[1000];
        moments.Open(.., buffer).Fill(1);
        moments.Close(.., buffer, 1);
        for (var step = 0; step < 500; step++)
        {
            var values = moments.Open(.., buffer);
            for (var i = 0; i < values.Length; i++)
                values[i] *= 0.999f;
            moments.Close(.., values, (uint)step * 1000);
        }
        Assert.Equal(Math.Pow(0.999, 500), moments.Open(.., buffer).ToArray().Average(), 0.01);
    }

    [Fact]
    public void Sums_of_squares_lose_no_digits_over_blocks_and_tails()
    {
        var values = Draw(3, 10_007);
        Assert.Equal(values.Sum(value => (double)value * value), AdamKernel.SumOfSquares(values), 1e-3);
        Assert.Equal(0, AdamKernel.SumOfSquares([]));
    }

    [Theory]
    [InlineData("constant", 0, 0.1)]
    [InlineData("constant", 9, 1)]
    [InlineData("constant", 99, 1)]
    [InlineData("linear", 4, 0.5)]
    [InlineData("linear", 10, 1)]
    [InlineData("linear", 55, 0.5)]
    [InlineData("linear", 100, 0)]
    [InlineData("cosine", 10, 1)]
    [InlineData("cosine", 55, 0.505)]
    [InlineData("cosine", 100, 0.01)]
    [InlineData("cosine", 1000, 0.01)]
    public void The_learning_rate_warms_up_and_follows_its_schedule(string schedule, long step, double share)
    {
        var options = new OptimizerOptions
        {
            LearningRate = 0.4,
            LrScheduler = schedule,
            LrWarmupSteps = 10,
        };
        Assert.Equal(0.4 * share, options.RateAt(step, 100), 1e-12);
    }

    private static float[] Draw(long item, int length)
    {
        using var values = new RandomStream(5).For(item).Normal(length);
        return values.data<float>().ToArray();
    }

    private static double[] Wide(float[] values) => [.. values.Select(value => (double)value)];
}
