namespace Lumen.Research.Studies;

/// <summary>
/// Scores of right and wrong pixels as counts in bins: enough for the area under the ROC curve, small enough to keep for every picture.
/// </summary>
public static class AgreementBins
{
    /// <summary>Bins of a score, 0...1.</summary>
    public const int Count = 64;

    /// <summary>Counts of right pixels by bin, then of wrong ones.</summary>
    /// <param name="scores">0...1 of each pixel; beyond is clamped.</param>
    /// <param name="isWrong">Of each pixel; null for those that do not count.</param>
    public static double[] Of(IReadOnlyList<double> scores, IReadOnlyList<bool?> isWrong)
    {
        var counts = new double[2 * Count];
        for (var at = 0; at < scores.Count; at++)
        {
            if (isWrong[at] is not { } wrong)
                continue;
            counts[(wrong ? Count : 0) + Math.Clamp((int)(scores[at] * Count), 0, Count - 1)]++;
        }
        return counts;
    }

    /// <summary>
    /// Probability that a wrong pixel has a lower score than a right one (Mann and Whitney 1947), pixels of one bin counting half: 0.5 says
    /// nothing, 1 separates them fully.
    /// </summary>
    /// <param name="counts">As <see cref="Of"/> gives them.</param>
    /// <returns>NaN where there are no wrong or no right pixels.</returns>
    public static double AreaUnderCurve(IReadOnlyList<double> counts)
    {
        var (right, wrong, below, area) = (0.0, 0.0, 0.0, 0.0);
        for (var bin = 0; bin < Count; bin++)
            (right, wrong) = (right + counts[bin], wrong + counts[Count + bin]);
        for (var bin = 0; bin < Count; bin++)
        {
            area += counts[bin] * (below + counts[Count + bin] / 2); // right pixels of this bin against wrong ones below
            below += counts[Count + bin];
        }
        return area / (right * wrong);
    }

    /// <summary>Shares below a score: of all pixels, of the wrong ones, and wrong ones among them.</summary>
    /// <param name="counts">As <see cref="Of"/> gives them.</param>
    /// <param name="score">The score, rounded to a bin's border.</param>
    public static (double Pixels, double Caught, double Precision) Below(IReadOnlyList<double> counts, double score)
    {
        var end = Math.Clamp((int)Math.Round(score * Count), 0, Count);
        var (right, wrong) = (counts.Take(end).Sum(), counts.Skip(Count).Take(end).Sum());
        var (all, bad) = (counts.Sum(), counts.Skip(Count).Sum());
        return ((right + wrong) / all, wrong / bad, wrong / (right + wrong));
    }
}
