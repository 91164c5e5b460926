using Lumen.Core.Tensors;

namespace Lumen.Metrics;

/// <summary>
/// Percentile bootstrap over items (Efron 1979): items are drawn with replacement, the figure is computed again, the middle of its values
/// is the interval. The same stream gives the same interval.
/// </summary>
/// <param name="Resamples">How many times items are drawn.</param>
/// <param name="Level">Confidence, 0.95 for 95 %.</param>
public sealed record Bootstrap(int Resamples = 2000, double Level = 0.95)
{
    /// <summary>The mean of one number an item.</summary>
    /// <exception cref="LumenException">There are no values, or one is not finite.</exception>
    public Interval Mean(IReadOnlyList<double> values, RandomStream random)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new LumenException(
                    $"Value {i} of {values.Count} is {values[i]}; a confidence interval needs finite numbers. Leave out items "
                        + "without a figure."
                );
        }
        return Of(values.Count, items => items.Average(item => values[item]), random);
    }

    /// <summary>Any figure of some items, such as the mIoU of summed <see cref="ConfusionMatrix">confusion matrices</see>.</summary>
    /// <param name="items">Number of items.</param>
    /// <param name="figure">The figure of the items at these indices; an index may come more than once. Where it is not a number for a
    /// resample, that resample is left out.</param>
    /// <param name="random">Draws the items.</param>
    /// <exception cref="LumenException">There are no items, the figure of all of them is not finite, or an option is out of
    /// range.</exception>
    public Interval Of(int items, Func<IReadOnlyList<int>, double> figure, RandomStream random)
    {
        Interval.RequireLevel(Level);
        if (Resamples < 1)
            throw new LumenException($"A bootstrap needs at least 1 resample but {Resamples} were asked for.");
        if (items < 1)
            throw new LumenException("A confidence interval needs at least one item but there is none.");
        var value = figure([.. Enumerable.Range(0, items)]);
        if (!double.IsFinite(value))
            throw new LumenException($"The figure of all {items} items is {value}, so it has no confidence interval.");
        var found = new List<double>(Resamples);
        var drawn = new int[items];
        for (var resample = 0; resample < Resamples; resample++)
        {
            var stream = random.For(resample);
            for (var i = 0; i < items; i++)
                drawn[i] = (int)stream.IndexAt(i, items);
            var again = figure(drawn);
            if (!double.IsNaN(again))
                found.Add(again);
        }
        double[] values = [.. found];
        return new Interval(
            value,
            Statistics.Quantile(values, (1 - Level) / 2),
            Statistics.Quantile(values, (1 + Level) / 2),
            items,
            Level
        );
    }
}
