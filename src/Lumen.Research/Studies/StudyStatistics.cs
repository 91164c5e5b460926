using Lumen.Core.Tensors;
using Lumen.Metrics;

namespace Lumen.Research.Studies;

/// <summary>
/// Figures of rows with their spread. References are the items that are drawn again: all pictures of one reference stay together, so that
/// several seeds of it do not count as independent. The same draws are used for every figure, and differences draw the same references on
/// both sides.
/// </summary>
public static class StudyStatistics
{
    private const int Groups = 10;
    private static readonly RandomStream Draws = new(0xB0075);

    /// <summary>The mean of one number a picture; null if no row has it.</summary>
    public static StudyFigure? Mean(IEnumerable<StudyRow> rows, string name, int resamples) =>
        Of(rows.Where(row => row.Has(name)), drawn => drawn.Average(row => row[name]), resamples);

    /// <summary>The ratio of two sums, each row holding its share of both; null if no row has them.</summary>
    public static StudyFigure? Ratio(IEnumerable<StudyRow> rows, string name, int resamples) =>
        Of(
            rows.Where(row => row.Has(name)),
            drawn => drawn.Sum(row => row.Values[name][0]) / drawn.Sum(row => row.Values[name][1]),
            resamples
        );

    /// <summary>Any figure of some rows, by a bootstrap over references.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="figure">The figure of some of them; a row may come more than once. Where it is not a number, the draw is left
    /// out.</param>
    /// <param name="resamples">Draws.</param>
    /// <returns>Null if there are no rows, or the figure of all of them is not finite.</returns>
    public static StudyFigure? Of(IEnumerable<StudyRow> rows, Func<IReadOnlyList<StudyRow>, double> figure, int resamples)
    {
        var references = ByReference(rows);
        if (references.Length == 0 || !double.IsFinite(figure(Joined(references, All(references.Length)))))
            return null;
        var interval = new Bootstrap(resamples).Of(references.Length, items => figure(Joined(references, items)), Draws);
        var seeds = Seeds(references, figure);
        return new StudyFigure(interval.Value, interval.Low, interval.High, Deviation(seeds), references.Length, seeds.Length);
    }

    /// <summary>
    /// A figure of one set of rows less that of another, both drawing the same references; null if they share none or a figure is not
    /// finite.
    /// </summary>
    public static StudyFigure? Difference(
        IEnumerable<StudyRow> one,
        IEnumerable<StudyRow> other,
        Func<IReadOnlyList<StudyRow>, double> figure,
        int resamples
    )
    {
        var (first, second) = (ByReference(one), ByReference(other));
        var shared = first.Select(rows => rows[0].Reference).Intersect(second.Select(rows => rows[0].Reference)).ToHashSet();
        (first, second) = (Only(first), Only(second));
        if (shared.Count == 0 || !double.IsFinite(Of(All(shared.Count))))
            return null;
        var interval = new Bootstrap(resamples).Of(shared.Count, Of, Draws);
        var (here, there) = (Seeds(first, figure), Seeds(second, figure));
        return new StudyFigure(
            interval.Value,
            interval.Low,
            interval.High,
            here.Length == there.Length ? Deviation([.. here.Zip(there, (a, b) => a - b)]) : null,
            shared.Count,
            here.Length
        );

        double Of(IReadOnlyList<int> items) => figure(Joined(first, items)) - figure(Joined(second, items));

        StudyRow[][] Only(StudyRow[][] references) => [.. references.Where(rows => shared.Contains(rows[0].Reference))];
    }

    /// <summary>
    /// A figure whose value depends on how many different rows there are (Fréchet distance, mutual information), so that drawing rows twice
    /// would shift it: a jackknife that leaves out a tenth of the references at a time. The interval is value ± t · standard error.
    /// </summary>
    /// <returns>Null if there are fewer than 4 references, or a figure is not finite.</returns>
    public static StudyFigure? Jackknife(IEnumerable<StudyRow> rows, Func<IReadOnlyList<StudyRow>, double> figure)
    {
        var references = ByReference(rows);
        var groups = Math.Min(Groups, references.Length / 2);
        if (groups < 2)
            return null;
        var value = figure(Joined(references, All(references.Length)));
        double[] without =
        [
            .. Enumerable
                .Range(0, groups)
                .Select(group => figure(Joined(references, [.. All(references.Length).Where(item => item % groups != group)]))),
        ];
        if (!double.IsFinite(value) || without.Any(one => !double.IsFinite(one)))
            return null;
        var mean = without.Average();
        var error = Math.Sqrt((groups - 1) / (double)groups * without.Sum(one => (one - mean) * (one - mean)));
        var half = StudentInterval.Quantile(0.975, groups - 1) * error;
        var seeds = Seeds(references, figure);
        return new StudyFigure(value, value - half, value + half, Deviation(seeds), references.Length, seeds.Length);
    }

    private static int[] All(int count) => [.. Enumerable.Range(0, count)];

    private static StudyRow[][] ByReference(IEnumerable<StudyRow> rows) =>
        [.. rows.GroupBy(row => row.Reference).OrderBy(group => group.Key).Select(group => group.ToArray())];

    private static List<StudyRow> Joined(StudyRow[][] references, IReadOnlyList<int> items)
    {
        var joined = new List<StudyRow>(items.Count * references[0].Length);
        foreach (var item in items)
            joined.AddRange(references[item]);
        return joined;
    }

    // The figure of each seed by itself.
    private static double[] Seeds(StudyRow[][] references, Func<IReadOnlyList<StudyRow>, double> figure) =>
        [
            .. references
                .SelectMany(rows => rows)
                .GroupBy(row => row.Seed)
                .Where(group => group.Key > 0)
                .OrderBy(group => group.Key)
                .Select(group => figure([.. group])),
        ];

    private static double? Deviation(double[] values)
    {
        if (values.Length < 2 || values.Any(value => !double.IsFinite(value)))
            return null;
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
