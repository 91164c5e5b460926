namespace Lumen.Layouts;

/// <summary>
/// How much of each picture's features the components leave out: the relative reconstruction error, 0...1, over a sample of the pictures of
/// a fit. A picture with a much larger error shows what the basis has not seen.
/// </summary>
/// <param name="Pictures">Pictures sampled.</param>
/// <param name="Mean">Mean relative reconstruction error.</param>
/// <param name="Deviation">Standard deviation over pictures.</param>
/// <param name="Largest">Largest of the sample.</param>
public sealed record ResidualStatistics(int Pictures, double Mean, double Deviation, double Largest)
{
    // A handful of pictures says little about the spread of others: it is taken to be at least this share of the mean.
    private const double LeastSpread = 0.1;

    /// <summary>
    /// The average error above which pictures are of a kind that the fit has not seen: five standard deviations above the mean for one
    /// picture (and above anything seen), less for many, whose average says more.
    /// </summary>
    /// <param name="pictures">Pictures that are averaged.</param>
    public double Limit(int pictures = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pictures, 1);
        var limit = Mean + (1.5 + 3.5 / Math.Sqrt(pictures)) * Math.Max(Deviation, LeastSpread * Mean);
        return pictures == 1 ? Math.Max(limit, Largest) : limit;
    }

    /// <summary>Statistics of some errors.</summary>
    /// <param name="errors">At least one, 0...1.</param>
    public static ResidualStatistics Of(IReadOnlyCollection<double> errors)
    {
        if (errors.Count == 0)
            throw new ArgumentException("errors must hold at least one error but is empty.", nameof(errors));
        var mean = errors.Average();
        return new ResidualStatistics(
            errors.Count,
            mean,
            Math.Sqrt(errors.Average(error => (error - mean) * (error - mean))),
            errors.Max()
        );
    }

    internal bool IsUsable => Pictures > 0 && Mean is >= 0 and <= 1 && Largest is >= 0 and <= 1 && Deviation is >= 0 and <= 1;
}
