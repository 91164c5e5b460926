namespace Lumen.Metrics;

/// <summary>
/// A scale and a shift that bring relative depth to metres before it is measured: estimators without a known camera give depth up to these.
/// </summary>
/// <param name="Scale">Factor.</param>
/// <param name="Shift">Added afterwards, metres.</param>
public readonly record struct DepthAlignment(double Scale, double Shift)
{
    /// <summary>The factor that makes the medians equal (Zhou et al. 2017).</summary>
    /// <param name="truth">True depth, metres; pixels at 0 or below do not count.</param>
    /// <param name="predicted">Predicted depth, as many.</param>
    /// <exception cref="LumenException">There is no valid pixel, or the median of the predictions is not above 0.</exception>
    public static DepthAlignment ByMedian(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted)
    {
        var pairs = Valid(truth, predicted);
        var (wanted, found) = (
            Statistics.Median([.. pairs.Select(pair => pair.Truth)]),
            Statistics.Median([.. pairs.Select(pair => pair.Predicted)])
        );
        if (found <= 0)
            throw new LumenException(
                $"The median of the predicted depth is {found}, so no factor brings it to the true {wanted} m. Depth must be "
                    + "positive; inverse depth must be inverted first."
            );
        return new DepthAlignment(wanted / found, 0);
    }

    /// <summary>The scale and shift of least squares (Ranftl et al. 2020).</summary>
    /// <param name="truth">True depth, metres; pixels at 0 or below do not count.</param>
    /// <param name="predicted">Predicted depth, as many.</param>
    /// <exception cref="LumenException">There is no valid pixel, or the predictions are all equal.</exception>
    public static DepthAlignment ByLeastSquares(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted)
    {
        var pairs = Valid(truth, predicted);
        var (meanTruth, meanPredicted) = (pairs.Average(pair => pair.Truth), pairs.Average(pair => pair.Predicted));
        var variance = pairs.Sum(pair => (pair.Predicted - meanPredicted) * (pair.Predicted - meanPredicted));
        if (!(variance > 0))
            throw new LumenException("The predicted depth is the same everywhere (or not finite), so no scale can be fitted to it.");
        var scale = pairs.Sum(pair => (pair.Predicted - meanPredicted) * (pair.Truth - meanTruth)) / variance;
        return new DepthAlignment(scale, meanTruth - scale * meanPredicted);
    }

    /// <summary>The depth after scaling and shifting.</summary>
    public float[] Apply(ReadOnlySpan<float> predicted)
    {
        var aligned = new float[predicted.Length];
        for (var i = 0; i < aligned.Length; i++)
            aligned[i] = (float)(predicted[i] * Scale + Shift);
        return aligned;
    }

    private static List<(double Truth, double Predicted)> Valid(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted)
    {
        if (truth.Length != predicted.Length)
            throw new ArgumentException(
                $"predicted must hold {truth.Length} depths like truth but holds {predicted.Length}.",
                nameof(predicted)
            );
        var pairs = new List<(double, double)>();
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] > 0 && float.IsFinite(truth[i]))
                pairs.Add((truth[i], predicted[i]));
        }
        return pairs.Count > 0 ? pairs : throw new LumenException("No pixel has a true depth above 0, so there is nothing to align to.");
    }
}
