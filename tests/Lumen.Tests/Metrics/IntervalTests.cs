using Lumen.Core.Tensors;
using Lumen.Metrics;
using Xunit;

namespace Lumen.Tests.Metrics;

public sealed class IntervalTests
{
    private readonly RandomStream _random = new(11);

    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.30265)]
    [InlineData(3, 3.18245)]
    [InlineData(4, 2.77645)]
    [InlineData(9, 2.26216)]
    [InlineData(30, 2.04227)]
    [InlineData(1000, 1.96234)]
    public void Quantiles_of_t_are_those_of_the_tables(int freedom, double wanted) =>
        Assert.Equal(wanted, StudentInterval.Quantile(0.975, freedom), 2e-5 * wanted);

    [Fact]
    public void Three_seeds_give_the_interval_worked_out_by_hand()
    {
        var interval = StudentInterval.Of([0.70, 0.72, 0.74]);
        Assert.Equal(0.72, interval.Value, 1e-12);
        Assert.Equal(4.30265 * 0.02 / Math.Sqrt(3), interval.HalfWidth, 1e-6); // s = 0.02
        Assert.Equal("0.720 [0.670, 0.770]", interval.ToString());
    }

    [Fact]
    public void The_same_stream_gives_the_same_interval_and_another_nearly_the_same()
    {
        double[] values = [.. Enumerable.Range(0, 50).Select(i => Math.Sin(i))];
        var interval = new Bootstrap().Mean(values, _random);
        Assert.Equal(interval, new Bootstrap().Mean(values, new RandomStream(11)));
        var other = new Bootstrap().Mean(values, _random.For(1));
        Assert.NotEqual(interval, other);
        Assert.Equal(interval.Low, other.Low, 0.05);
    }

    [Fact]
    public void Nineteen_intervals_of_twenty_hold_the_true_mean()
    {
        var (held, heldBySeeds) = (0, 0);
        for (var trial = 0; trial < 200; trial++)
        {
            using var drawn = _random.For(trial).Normal(40);
            double[] values = [.. drawn.data<float>().ToArray().Select(value => (double)value)];
            if (new Bootstrap(400).Mean(values, _random.For(1000 + trial)) is { Low: <= 0, High: >= 0 })
                held++;
            if (StudentInterval.Of([.. values.Take(3)]) is { Low: <= 0, High: >= 0 })
                heldBySeeds++;
        }
        Assert.InRange(held, 180, 198);
        Assert.InRange(heldBySeeds, 180, 199);
    }

    [Fact]
    public void Any_figure_can_be_resampled()
    {
        var matrices = Enumerable
            .Range(0, 30)
            .Select(i =>
            {
                var matrix = new ConfusionMatrix(2);
                matrix.Add([0, 0, 1, 1], [0, (byte)(i % 2), 1, 1]);
                return matrix;
            })
            .ToArray();
        var interval = new Bootstrap(300).Of(
            matrices.Length,
            items => ConfusionMatrix.Sum(items.Select(item => matrices[item])).MeanIoU,
            _random
        );
        Assert.Equal(ConfusionMatrix.Sum(matrices).MeanIoU, interval.Value);
        Assert.InRange(interval.Value, interval.Low, interval.High);
        Assert.True(interval.HalfWidth is > 0.01 and < 0.2);
    }

    [Fact]
    public void Equal_values_leave_no_doubt_and_separate_intervals_are_above_each_other()
    {
        var (high, low) = (new Bootstrap(50).Mean([0.9, 0.9], _random), new Bootstrap(50).Mean([0.1, 0.3], _random));
        Assert.Equal(0, high.HalfWidth);
        Assert.True(high.IsAbove(low));
        Assert.False(low.IsAbove(high));
        Assert.False(high.IsAbove(high));
    }

    [Fact]
    public void What_has_no_interval_is_said()
    {
        Assert.Contains("at least 2 seeds", Assert.Throws<LumenException>(() => StudentInterval.Of([0.5])).Message);
        Assert.Contains("finite", Assert.Throws<LumenException>(() => StudentInterval.Of([0.5, double.NaN])).Message);
        Assert.Contains("at least one item", Assert.Throws<LumenException>(() => new Bootstrap().Mean([], _random)).Message);
        Assert.Contains("Value 1 of 2 is NaN", Assert.Throws<LumenException>(() => new Bootstrap().Mean([1, double.NaN], _random)).Message);
        Assert.Contains("between 0 and 1", Assert.Throws<LumenException>(() => new Bootstrap(Level: 95).Mean([1, 2], _random)).Message);
        Assert.Contains("at least 1 resample", Assert.Throws<LumenException>(() => new Bootstrap(0).Mean([1, 2], _random)).Message);
        Assert.Contains("is NaN", Assert.Throws<LumenException>(() => new Bootstrap().Of(2, _ => double.NaN, _random)).Message);
    }

    [Fact]
    public void Ranks_see_order_and_nothing_else()
    {
        Assert.Equal(1, RankCorrelation.Spearman([1, 2, 3, 12], [0.1, 0.2, 5, 6]), 1e-12);
        Assert.Equal(-1, RankCorrelation.Spearman([1, 2, 3], [9, 8, -1]), 1e-12);
        Assert.Equal(0.8, RankCorrelation.Spearman([1, 2, 3, 4], [1, 3, 2, 4]), 1e-12);
        Assert.Equal(Math.Sqrt(3) / 2, RankCorrelation.Spearman([1, 2, 3], [5, 5, 7]), 1e-12); // ties share a rank
        Assert.Contains("differ", Assert.Throws<LumenException>(() => RankCorrelation.Spearman([1, 2], [3, 3])).Message);
    }
}
