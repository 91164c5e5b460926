namespace Lumen.Metrics;

/// <summary>
/// Errors of predicted depth, pooled over all valid pixels of any number of depth maps: the measures of Eigen, Puhrsch and Fergus (2014)
/// and of the KITTI benchmark. A pixel is valid where the true depth is above 0 and not beyond the farthest.
/// </summary>
/// <param name="farthest">True depth beyond this (sky) is left out, metres.</param>
/// <param name="nearest">Predictions below this are raised to it, metres: a logarithm needs positive numbers.</param>
public sealed class DepthErrors(double farthest = double.PositiveInfinity, double nearest = 1e-3) : IPartialFigures
{
    private readonly long[] _within = new long[3]; // ratio below 1.25, 1.25^2, 1.25^3
    private double _absolute,
        _relative,
        _squareRelative,
        _square,
        _log,
        _squareLog,
        _log10;

    /// <summary>Valid pixels so far.</summary>
    public long Count { get; private set; }

    /// <summary>Takes in a depth map.</summary>
    /// <param name="truth">True depth, metres.</param>
    /// <param name="predicted">Predicted depth, metres, as many.</param>
    /// <exception cref="LumenException">A prediction at a valid pixel is not finite; nothing of this map is taken in then.</exception>
    public void Add(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted)
    {
        if (truth.Length != predicted.Length)
            throw new ArgumentException(
                $"predicted must hold {truth.Length} depths like truth but holds {predicted.Length}.",
                nameof(predicted)
            );
        for (var i = 0; i < truth.Length; i++)
        {
            if (IsValid(truth[i]) && !float.IsFinite(predicted[i]))
                throw new LumenException($"The predicted depth at pixel {i} is {predicted[i]}; it must be a finite number of metres.");
        }
        for (var i = 0; i < truth.Length; i++)
        {
            if (IsValid(truth[i]))
                Add(truth[i], Math.Max(predicted[i], nearest));
        }
    }

    /// <summary>The errors so far.</summary>
    /// <exception cref="LumenException">There was no valid pixel.</exception>
    public DepthFigures Figures()
    {
        if (Count == 0)
            throw new LumenException(
                "No pixel has a true depth above 0 within the range, so there is nothing to compare. Check the unit (metres) and the range."
            );
        double n = Count;
        var (squareLog, log) = (_squareLog / n, _log / n);
        return new DepthFigures
        {
            Count = Count,
            AbsRel = _relative / n,
            SqRel = _squareRelative / n,
            Rmse = Math.Sqrt(_square / n),
            RmseLog = Math.Sqrt(squareLog),
            Log10 = _log10 / n,
            Mae = _absolute / n,
            Delta1 = _within[0] / n,
            Delta2 = _within[1] / n,
            Delta3 = _within[2] / n,
            SiLog = Math.Sqrt(Math.Max(0, squareLog - log * log)),
            ScaleInvariantMseLog = squareLog - 0.5 * log * log,
        };
    }

    IReadOnlyList<long> IPartialFigures.Counts => [Count, .. _within];

    IReadOnlyList<double> IPartialFigures.Sums => [_absolute, _relative, _squareRelative, _square, _log, _squareLog, _log10];

    void IPartialFigures.AddCounts(ReadOnlySpan<long> counts)
    {
        PartialFigures.Add(_within, counts[1..]);
        Count += counts[0];
    }

    void IPartialFigures.AddSums(ReadOnlySpan<double> sums)
    {
        PartialFigures.Require(7, sums.Length);
        _absolute += sums[0];
        _relative += sums[1];
        _squareRelative += sums[2];
        _square += sums[3];
        _log += sums[4];
        _squareLog += sums[5];
        _log10 += sums[6];
    }

    private bool IsValid(float truth) => truth > 0 && truth <= farthest && float.IsFinite(truth);

    private void Add(double truth, double predicted)
    {
        var difference = predicted - truth;
        var log = Math.Log(predicted) - Math.Log(truth);
        Count++;
        _absolute += Math.Abs(difference);
        _relative += Math.Abs(difference) / truth;
        _squareRelative += difference * difference / truth;
        _square += difference * difference;
        _log += log;
        _squareLog += log * log;
        _log10 += Math.Abs(log) / Math.Log(10);
        var ratio = Math.Max(predicted / truth, truth / predicted);
        if (ratio < 1.25)
            _within[0]++;
        if (ratio < 1.25 * 1.25)
            _within[1]++;
        if (ratio < 1.25 * 1.25 * 1.25)
            _within[2]++;
    }
}
