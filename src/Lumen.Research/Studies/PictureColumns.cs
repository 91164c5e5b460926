using Lumen.Metrics;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>The columns that studies of generated pictures share, and how each is made of rows.</summary>
public static class PictureColumns
{
    /// <summary>Agreement of layouts; needs no evaluator.</summary>
    public static readonly StudyColumn Agreement = new("agreement", "layout agreement", "mean cosine", true);

    /// <summary>mIoU of the evaluator's classes against the reference's labels.</summary>
    public static readonly StudyColumn MeanIoU = new("miou", "mIoU", "", true);

    /// <summary>Share of cars and people found.</summary>
    public static readonly StudyColumn InstanceRecall = new("instance_recall", "instance recall", "IoU > 0.5", true);

    /// <summary>Error of headings of cars.</summary>
    public static readonly StudyColumn Orientation = new("orientation", "orientation error", "degrees", false, "0.0");

    /// <summary>Diversity in the evaluator's features.</summary>
    public static readonly StudyColumn Diversity = new("diversity", "diversity, evaluator's features", "", true);

    /// <summary>Diversity in the features that layouts are made of; needs no evaluator.</summary>
    public static readonly StudyColumn DiversityBase = new("diversity_base", "diversity, base features", "", true);

    /// <summary>Diversity in pixels.</summary>
    public static readonly StudyColumn DiversityPixels = new("diversity_pixels", "diversity, pixels", "RMS 0...1", true);

    /// <summary>Where things are, and what they are.</summary>
    public static IReadOnlyList<StudyColumn> Alignment { get; } =
    [
        MeanIoU,
        new("pixel_accuracy", "pixel accuracy", "", true),
        InstanceRecall,
        new("thing_pq", "PQ of things", "", true),
        Orientation,
        new("silog", "SILog", "", false),
        new("normal", "normal error", "degrees", false, "0.0"),
        Agreement,
    ];

    /// <summary>How good pictures look, how much they differ, and whether they are as asked.</summary>
    public static IReadOnlyList<StudyColumn> Freedom { get; } =
    [
        new("fid", "FID", "evaluator's features", false, "0.00"),
        new("kid", "KID", "evaluator's features", false, "0.0000"),
        Diversity,
        DiversityBase,
        DiversityPixels,
        new("time", "time as asked", "share", true),
        new("weather", "weather as asked", "share", true),
        new("palette", "palette as asked", "share", true),
    ];

    /// <summary>The figure of a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="rows">Rows of one condition.</param>
    /// <param name="real">Rows of real renders, which FID and KID compare with; null for none.</param>
    /// <param name="resamples">Draws.</param>
    /// <returns>Null where it was not measured.</returns>
    public static StudyFigure? Figure(StudyColumn column, IReadOnlyList<StudyRow> rows, IReadOnlyList<StudyRow>? real, int resamples)
    {
        if (column.Key is "fid" or "kid")
            return Distance(column.Key, rows, real ?? []);
        var (source, figure) = Of(column);
        return StudyStatistics.Of(rows.Where(row => row.Has(source)), figure, resamples);
    }

    /// <summary>What a row must hold for a column, and the figure of some rows.</summary>
    /// <param name="column">Any but FID and KID.</param>
    public static (string Source, Func<IReadOnlyList<StudyRow>, double> Figure) Of(StudyColumn column) =>
        column.Key switch
        {
            "miou" => ("confusion", rows => MeanIoUOf(Sum(rows, "confusion"))),
            "pixel_accuracy" => ("confusion", rows => AccuracyOf(Sum(rows, "confusion"))),
            "instance_recall" => ("things", rows => Sum(rows, "things") is var sum ? sum[0] / (sum[0] + sum[2]) : 0),
            "thing_pq" => ("things", rows => Sum(rows, "things") is var sum ? sum[3] / (sum[0] + 0.5 * (sum[1] + sum[2])) : 0),
            "orientation" => ("orientation", rows => Sum(rows, "orientation") is var sum ? sum[0] / sum[1] : 0),
            var key => (key, rows => rows.Average(row => row[key])),
        };

    /// <summary>A table row of a condition.</summary>
    public static StudyTableRow Row(
        string name,
        IReadOnlyList<StudyColumn> columns,
        (IReadOnlyList<StudyRow> Own, IReadOnlyList<StudyRow>? Real) rows,
        int resamples
    ) => new(name, columns.ToDictionary(column => column.Key, column => Figure(column, rows.Own, rows.Real, resamples)));

    /// <summary>mIoU of counts, over the classes that are true or seen anywhere.</summary>
    /// <param name="counts">[K, K] flattened, row: truth.</param>
    public static double MeanIoUOf(double[] counts)
    {
        var classes = (int)Math.Round(Math.Sqrt(counts.Length));
        var ious = new List<double>();
        for (var id = 0; id < classes; id++)
        {
            var (truth, seen) = (0.0, 0.0);
            for (var other = 0; other < classes; other++)
                (truth, seen) = (truth + counts[id * classes + other], seen + counts[other * classes + id]);
            var union = truth + seen - counts[id * classes + id];
            if (union > 0)
                ious.Add(counts[id * classes + id] / union);
        }
        return ious.Count == 0 ? double.NaN : ious.Average();
    }

    private static double AccuracyOf(double[] counts)
    {
        var classes = (int)Math.Round(Math.Sqrt(counts.Length));
        return Enumerable.Range(0, classes).Sum(id => counts[id * classes + id]) / counts.Sum();
    }

    private static double[] Sum(IReadOnlyList<StudyRow> rows, string name)
    {
        var sum = new double[rows[0].Values[name].Length];
        foreach (var row in rows)
        {
            var values = row.Values[name];
            for (var i = 0; i < sum.Length; i++)
                sum[i] += values[i];
        }
        return sum;
    }

    // Against another draw of real renders of the same streets in the same appearances.
    private static StudyFigure? Distance(string kind, IReadOnlyList<StudyRow> rows, IReadOnlyList<StudyRow> real)
    {
        var sets = real.Where(row => row.Has("features_set")).ToLookup(row => row.Reference);
        return StudyStatistics.Jackknife(
            rows.Where(row => row.Has("features") && sets.Contains(row.Reference)),
            drawn =>
            {
                using var scope = NewDisposeScope();
                var seeds = drawn.Select(row => row.Seed).ToHashSet();
                var one = Matrix(drawn.Select(row => row.Values["features"]));
                var other = Matrix(
                    drawn
                        .Select(row => row.Reference)
                        .Distinct()
                        .SelectMany(reference => sets[reference].Where(row => seeds.Contains(row.Seed)))
                        .Select(row => row.Values["features_set"])
                );
                if (one.shape[0] < 2 || other.shape[0] < 2)
                    return double.NaN;
                return kind == "fid" ? FrechetDistance.Between(one, other) : KernelDistance.Between(one, other);
            }
        );
    }

    private static Tensor Matrix(IEnumerable<double[]> rows)
    {
        var all = rows.ToArray();
        return tensor(all.SelectMany(row => row).ToArray(), [all.Length, all.Length == 0 ? 0 : all[0].Length]);
    }
}
