namespace Lumen.Research.Studies;

/// <summary>
/// Mutual information of two lists of bins in bits: how much one says about the other, linear or not. Corrected for the number of samples
/// (Miller 1955, Madow); near 0 it may be slightly negative.
/// </summary>
public static class MutualInformation
{
    /// <summary>The information.</summary>
    /// <param name="one">Bins 0, 1, 2, ...</param>
    /// <param name="other">As many bins.</param>
    public static double Bits(IReadOnlyList<int> one, IReadOnlyList<int> other)
    {
        if (one.Count != other.Count || one.Count == 0)
            throw new ArgumentException(
                $"Both lists must hold the same number of bins, at least one, but hold {one.Count} and {other.Count}.",
                nameof(other)
            );
        var joint = new Dictionary<(int, int), int>();
        for (var i = 0; i < one.Count; i++)
            joint[(one[i], other[i])] = joint.GetValueOrDefault((one[i], other[i])) + 1;
        return Entropy(Counts(one), one.Count) + Entropy(Counts(other), one.Count) - Entropy(joint.Values, one.Count);
    }

    /// <summary>Bins of equally many values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">Bins; equal values share one, so there may be fewer.</param>
    public static int[] Quantiles(IReadOnlyList<double> values, int count)
    {
        double[] sorted = [.. values.Order()];
        double[] edges =
        [
            .. Enumerable.Range(1, count - 1).Select(i => sorted[Math.Min(sorted.Length - 1, i * sorted.Length / count)]).Distinct(),
        ];
        return
        [
            .. values.Select(value => Array.BinarySearch(edges, value) is >= 0 and var at ? at + 1 : ~Array.BinarySearch(edges, value)),
        ];
    }

    private static IEnumerable<int> Counts(IReadOnlyList<int> bins) => bins.GroupBy(bin => bin).Select(group => group.Count());

    private static double Entropy(IEnumerable<int> counts, double total)
    {
        var (sum, filled) = (0.0, 0);
        foreach (var count in counts)
            (sum, filled) = (sum - count / total * Math.Log2(count / total), filled + 1);
        return sum + (filled - 1) / (2 * total * Math.Log(2));
    }
}
