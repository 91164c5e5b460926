namespace Lumen.Metrics;

/// <summary>
/// Counts of (true class, predicted class) over any number of label maps, in memory that does not depend on how many: pixel accuracy, class
/// accuracy and intersection over union, pooled over all pixels as Cityscapes and Pascal VOC do.
/// </summary>
public sealed class ConfusionMatrix : IPartialFigures
{
    private readonly long[] _counts; // [classes, classes], row: truth
    private readonly int _ignore;

    /// <summary>An empty matrix.</summary>
    /// <param name="classes">Number of classes; ids are 0...classes - 1.</param>
    /// <param name="ignore">True label of pixels that are left out.</param>
    public ConfusionMatrix(int classes, int ignore = 255)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        (Classes, _ignore, _counts) = (classes, ignore, new long[classes * classes]);
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Pixels counted so far.</summary>
    public long Count => _counts.Sum();

    /// <summary>Pixels of class <paramref name="truth"/> that were taken for <paramref name="predicted"/>.</summary>
    public long this[int truth, int predicted] => _counts[truth * Classes + predicted];

    /// <summary>Share of pixels whose class is right, 0...1; NaN without pixels.</summary>
    public double PixelAccuracy => Enumerable.Range(0, Classes).Sum(id => this[id, id]) / (double)Count;

    /// <summary>Share of each class' pixels that are right; null for a class without true pixels.</summary>
    public IReadOnlyList<double?> ClassAccuracy => [.. Enumerable.Range(0, Classes).Select(id => Ratio(this[id, id], True(id)))];

    /// <summary>Mean of <see cref="ClassAccuracy"/> over the classes that have one.</summary>
    public double MeanClassAccuracy => MeanOf(ClassAccuracy);

    /// <summary>
    /// Intersection over union of each class; null for a class that is neither true nor predicted anywhere, 0 for one that is only
    /// predicted.
    /// </summary>
    public IReadOnlyList<double?> IoU =>
        [.. Enumerable.Range(0, Classes).Select(id => Ratio(this[id, id], True(id) + Predicted(id) - this[id, id]))];

    /// <summary>mIoU: mean of <see cref="IoU"/> over the classes that have one.</summary>
    public double MeanIoU => MeanOf(IoU);

    /// <summary>IoU weighted by how often each class is true.</summary>
    public double FrequencyWeightedIoU => IoU.Select((value, id) => (value ?? 0) * True(id)).Sum() / Count;

    /// <summary>Counts a pair of label maps.</summary>
    /// <param name="truth">Class ids, or the ignored label.</param>
    /// <param name="predicted">Class ids, as many.</param>
    /// <exception cref="LumenException">An id is no class; nothing of this pair is counted then.</exception>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted)
    {
        if (truth.Length != predicted.Length)
            throw new ArgumentException(
                $"predicted must hold {truth.Length} labels like truth but holds {predicted.Length}.",
                nameof(predicted)
            );
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] == _ignore)
                continue;
            if (truth[i] >= Classes)
                throw Unknown("true", truth[i], i);
            if (predicted[i] >= Classes)
                throw Unknown("predicted", predicted[i], i);
        }
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] != _ignore)
                _counts[truth[i] * Classes + predicted[i]]++;
        }
    }

    /// <summary>Takes in another matrix, as if its label maps had been counted here.</summary>
    public void Merge(ConfusionMatrix other)
    {
        if (other.Classes != Classes)
            throw new ArgumentException($"A matrix of {other.Classes} classes cannot be merged into one of {Classes}.", nameof(other));
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
    }

    IReadOnlyList<long> IPartialFigures.Counts => [.. _counts];

    IReadOnlyList<double> IPartialFigures.Sums => [];

    void IPartialFigures.AddCounts(ReadOnlySpan<long> counts) => PartialFigures.Add(_counts, counts);

    void IPartialFigures.AddSums(ReadOnlySpan<double> sums) => PartialFigures.Require(0, sums.Length);

    /// <summary>The sum of some matrices of the same classes: what a bootstrap over pictures needs.</summary>
    public static ConfusionMatrix Sum(IEnumerable<ConfusionMatrix> matrices)
    {
        ConfusionMatrix? sum = null;
        foreach (var matrix in matrices)
            (sum ??= new ConfusionMatrix(matrix.Classes, matrix._ignore)).Merge(matrix);
        return sum ?? throw new ArgumentException("matrices must hold at least one matrix but is empty.", nameof(matrices));
    }

    private long True(int id) => Enumerable.Range(0, Classes).Sum(other => this[id, other]);

    private long Predicted(int id) => Enumerable.Range(0, Classes).Sum(other => this[other, id]);

    private LumenException Unknown(string kind, int label, int pixel) =>
        new(
            $"The {kind} label at pixel {pixel} is {label}, but the classes are "
                + $"0...{Classes - 1}{(kind == "true" ? $" and {_ignore} for pixels to ignore" : "")}. "
                + "Translate the labels to these ids first."
        );

    private static double? Ratio(long part, long whole) => whole == 0 ? null : part / (double)whole;

    private static double MeanOf(IReadOnlyList<double?> values) => values.Average() ?? double.NaN;
}
