namespace Lumen.Metrics;

/// <summary>
/// Angles between predicted and true surface normals, pooled over any number of maps (Fouhey et al. 2013; Eigen and Fergus 2015). The
/// median comes from a histogram of thousandths of a degree, so memory does not depend on the number of pixels.
/// </summary>
public sealed class NormalErrors : IPartialFigures
{
    private const int PerDegree = 1000;
    private readonly long[] _histogram = new long[180 * PerDegree + 1];
    private double _sum,
        _square;

    /// <summary>Pixels so far.</summary>
    public long Count { get; private set; }

    /// <summary>Mean angle, degrees; NaN without pixels.</summary>
    public double Mean => _sum / Count;

    /// <summary>Root of the mean squared angle, degrees.</summary>
    public double Rmse => Math.Sqrt(_square / Count);

    /// <summary>Median angle, degrees, to within a thousandth.</summary>
    public double Median => Count == 0 ? double.NaN : (Ranked((Count - 1) / 2) + Ranked(Count / 2)) / 2;

    /// <summary>Share of pixels whose angle is smaller, 0...1. The usual limits are 11.25, 22.5 and 30.</summary>
    /// <param name="degrees">The limit; exact at whole thousandths of a degree.</param>
    public double Within(double degrees)
    {
        var below = (int)Math.Clamp(Math.Round(degrees * PerDegree), 0, _histogram.Length);
        return _histogram.AsSpan(0, below).ToArray().Sum() / (double)Count;
    }

    /// <summary>Takes in a map of normals.</summary>
    /// <param name="truth">True unit normals, [n, 3] flattened; zero vectors are left out.</param>
    /// <param name="predicted">Predicted normals of any length above 0, as many; a zero vector counts as 90 degrees off.</param>
    /// <param name="valid">Pixels that count, n of them; empty if all do.</param>
    /// <exception cref="LumenException">A prediction that counts is not finite; nothing of this map is taken in then.</exception>
    public void Add(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted, ReadOnlySpan<bool> valid = default)
    {
        if (truth.Length != predicted.Length || truth.Length % 3 != 0)
            throw new ArgumentException(
                $"truth and predicted must hold the same number of vectors of 3 but hold {truth.Length} and {predicted.Length} numbers.",
                nameof(predicted)
            );
        if (valid.Length > 0 && valid.Length * 3 != truth.Length)
            throw new ArgumentException($"valid must hold {truth.Length / 3} flags but holds {valid.Length}.", nameof(valid));
        var angles = new List<double>(truth.Length / 3);
        for (var pixel = 0; pixel < truth.Length / 3; pixel++)
        {
            if (valid.Length > 0 && !valid[pixel])
                continue;
            var wanted = truth.Slice(pixel * 3, 3);
            var found = predicted.Slice(pixel * 3, 3);
            if (Length(wanted) == 0)
                continue;
            var angle = Angle(wanted, found);
            if (!double.IsFinite(angle))
                throw new LumenException(
                    $"The normal at pixel {pixel} is ({found[0]}, {found[1]}, {found[2]}); it must be a finite vector."
                );
            angles.Add(angle);
        }
        foreach (var angle in angles)
        {
            Count++;
            (_sum, _square) = (_sum + angle, _square + angle * angle);
            _histogram[(int)(angle * PerDegree)]++;
        }
    }

    IReadOnlyList<long> IPartialFigures.Counts => _histogram;

    IReadOnlyList<double> IPartialFigures.Sums => [_sum, _square];

    void IPartialFigures.AddCounts(ReadOnlySpan<long> counts)
    {
        PartialFigures.Add(_histogram, counts);
        Count = _histogram.Sum();
    }

    void IPartialFigures.AddSums(ReadOnlySpan<double> sums)
    {
        PartialFigures.Require(2, sums.Length);
        (_sum, _square) = (_sum + sums[0], _square + sums[1]);
    }

    private static double Angle(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted)
    {
        var product = Length(truth) * Length(predicted);
        var cosine =
            product == 0
                ? 0
                : (truth[0] * (double)predicted[0] + truth[1] * (double)predicted[1] + truth[2] * (double)predicted[2]) / product;
        return Math.Acos(Math.Clamp(cosine, -1, 1)) * 180 / Math.PI;
    }

    private static double Length(ReadOnlySpan<float> vector) =>
        Math.Sqrt(vector[0] * (double)vector[0] + vector[1] * (double)vector[1] + vector[2] * (double)vector[2]);

    // the angle with this many smaller ones, at the middle of its bin
    private double Ranked(long rank)
    {
        var (bin, seen) = (0, _histogram[0]);
        while (seen <= rank)
            seen += _histogram[++bin];
        return Math.Min((bin + 0.5) / PerDegree, 180);
    }
}
