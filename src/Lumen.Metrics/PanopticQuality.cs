namespace Lumen.Metrics;

/// <summary>
/// Panoptic quality (Kirillov et al. 2019) by the rules of the COCO panoptic API, without crowds: segments match where the class is the
/// same and the IoU is above 0.5, so a match is unique. Pixels that are void in the truth belong to no union, and an unmatched predicted
/// segment that lies mostly on them is no mistake.
/// </summary>
/// <param name="classes">Number of classes; ids are 0...classes - 1.</param>
public sealed class PanopticQuality(int classes) : IPartialFigures
{
    private readonly PanopticFigures[] _figures = new PanopticFigures[classes];

    /// <summary>Figures of each class.</summary>
    public IReadOnlyList<PanopticFigures> PerClass => _figures;

    /// <summary>Mean PQ over the classes that were seen.</summary>
    public double Pq => Mean(figures => figures.Pq);

    /// <summary>Mean segmentation quality over the classes that were seen.</summary>
    public double Sq => Mean(figures => figures.Sq);

    /// <summary>Mean recognition quality over the classes that were seen.</summary>
    public double Rq => Mean(figures => figures.Rq);

    /// <summary>
    /// Instance recall at IoU 0.5: share of the true segments of some classes that were found, each segment counting once; NaN without any.
    /// </summary>
    /// <param name="things">Classes whose segments are counted.</param>
    public double Recall(params ReadOnlySpan<int> things)
    {
        var pooled = new PanopticFigures();
        foreach (var id in things)
            pooled = pooled.With(_figures[id]);
        return pooled.Recall;
    }

    /// <summary>Takes in one picture.</summary>
    public void Add(SegmentMap truth, SegmentMap predicted)
    {
        if (truth.Ids.Length != predicted.Ids.Length)
            throw new ArgumentException(
                $"predicted must have {truth.Ids.Length} pixels like truth but has {predicted.Ids.Length}.",
                nameof(predicted)
            );
        RequireClasses(truth);
        RequireClasses(predicted);
        var shared = Shared(truth.Ids.Span, predicted.Ids.Span);
        var (found, used) = (new HashSet<int>(), new HashSet<int>());
        foreach (var ((own, other), area) in shared.OrderBy(pair => pair.Key))
        {
            if (own == 0 || other == 0 || truth.Classes[own] != predicted.Classes[other])
                continue;
            var union = truth.Area(own) + predicted.Area(other) - area - shared.GetValueOrDefault((0, other));
            var iou = area / (double)union;
            if (iou <= 0.5)
                continue;
            found.Add(own);
            used.Add(other);
            Count(truth.Classes[own], new PanopticFigures(1, 0, 0, iou));
        }
        foreach (var id in truth.Segments.Where(id => !found.Contains(id)))
            Count(truth.Classes[id], new PanopticFigures(0, 0, 1, 0));
        foreach (
            var id in predicted.Segments.Where(id => !used.Contains(id) && shared.GetValueOrDefault((0, id)) <= 0.5 * predicted.Area(id))
        )
            Count(predicted.Classes[id], new PanopticFigures(0, 1, 0, 0));
    }

    /// <summary>Takes in another count, as if its pictures had been counted here.</summary>
    public void Merge(PanopticQuality other)
    {
        if (other._figures.Length != classes)
            throw new ArgumentException(
                $"Counts of {other._figures.Length} classes cannot be merged into those of {classes}.",
                nameof(other)
            );
        for (var id = 0; id < classes; id++)
            Count(id, other._figures[id]);
    }

    IReadOnlyList<long> IPartialFigures.Counts => [.. _figures.SelectMany(one => new long[] { one.Matched, one.Unwanted, one.Missed })];

    IReadOnlyList<double> IPartialFigures.Sums => [.. _figures.Select(one => one.TotalIoU)];

    void IPartialFigures.AddCounts(ReadOnlySpan<long> counts)
    {
        PartialFigures.Require(3 * classes, counts.Length);
        for (var id = 0; id < classes; id++)
            Count(id, new PanopticFigures((int)counts[3 * id], (int)counts[3 * id + 1], (int)counts[3 * id + 2], 0));
    }

    void IPartialFigures.AddSums(ReadOnlySpan<double> sums)
    {
        PartialFigures.Require(classes, sums.Length);
        for (var id = 0; id < classes; id++)
            Count(id, new PanopticFigures(0, 0, 0, sums[id]));
    }

    private static Dictionary<(int Truth, int Predicted), int> Shared(ReadOnlySpan<ushort> truth, ReadOnlySpan<ushort> predicted)
    {
        var shared = new Dictionary<(int, int), int>();
        for (var i = 0; i < truth.Length; i++)
            shared[(truth[i], predicted[i])] = shared.GetValueOrDefault((truth[i], predicted[i])) + 1;
        return shared;
    }

    private void Count(int id, PanopticFigures figures) => _figures[id] = _figures[id].With(figures);

    private double Mean(Func<PanopticFigures, double> figure) =>
        _figures.Where(figures => figures.Any).Select(figure).DefaultIfEmpty(double.NaN).Average();

    private void RequireClasses(SegmentMap map)
    {
        foreach (var id in map.Segments.Where(id => map.Classes[id] < 0 || map.Classes[id] >= classes))
            throw new LumenException($"Segment {id} has the class {map.Classes[id]}, but the classes are 0...{classes - 1}.");
    }
}
