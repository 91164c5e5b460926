namespace Lumen.Metrics;

/// <summary>
/// Spearman's rank correlation: 1 if one list always rises with the other, -1 if it always falls. Equal values share the mean of their
/// ranks.
/// </summary>
public static class RankCorrelation
{
    /// <summary>The correlation, -1...1.</summary>
    /// <exception cref="LumenException">There are fewer than two pairs, or one list is the same everywhere.</exception>
    public static double Spearman(IReadOnlyList<double> one, IReadOnlyList<double> other)
    {
        if (one.Count != other.Count)
            throw new ArgumentException($"other must hold {one.Count} values but holds {other.Count}.", nameof(other));
        if (one.Count < 2)
            throw new LumenException($"A rank correlation needs at least 2 pairs but there is {one.Count}.");
        var (x, y) = (Centred(one), Centred(other));
        var product = Math.Sqrt(x.Sum(v => v * v) * y.Sum(v => v * v));
        if (product == 0)
            throw new LumenException("A rank correlation needs values that differ, but one of the lists holds a single value only.");
        return x.Zip(y, (a, b) => a * b).Sum() / product;
    }

    // ranks 1...n less their mean
    private static double[] Centred(IReadOnlyList<double> values) =>
        [.. values.Select(value => values.Count(v => v < value) + (values.Count(v => v == value) + 1) / 2.0 - (values.Count + 1) / 2.0)];
}
