namespace Lumen.Metrics;

/// <summary>
/// Confidence interval of a mean over few independent runs (seeds): mean ± t · s / sqrt(n) with Student's t of n - 1 degrees of freedom.
/// </summary>
public static class StudentInterval
{
    /// <summary>The interval of the mean.</summary>
    /// <param name="values">One figure a seed.</param>
    /// <param name="level">Confidence, 0.95 for 95 %.</param>
    /// <exception cref="LumenException">There are fewer than two values, or one is not finite.</exception>
    public static Interval Of(IReadOnlyList<double> values, double level = 0.95)
    {
        Interval.RequireLevel(level);
        if (values.Count < 2)
            throw new LumenException($"A confidence interval over seeds needs at least 2 seeds but there is {values.Count}.");
        if (values.Any(value => !double.IsFinite(value)))
            throw new LumenException(
                $"A confidence interval over seeds needs finite figures but one of {string.Join(", ", values)} is not."
            );
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
        var half = Quantile((1 + level) / 2, values.Count - 1) * deviation / Math.Sqrt(values.Count);
        return new Interval(mean, mean - half, mean + half, values.Count, level);
    }

    /// <summary>Quantile of Student's t distribution.</summary>
    /// <param name="probability">0.5 or more, below 1.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Quantile(double probability, int freedom)
    {
        var (low, high) = (0.0, 1.0);
        while (Cumulative(high, freedom) < probability)
            (low, high) = (high, high * 2);
        while (high - low > 1e-12 * high)
        {
            var middle = (low + high) / 2;
            if (middle == low || middle == high)
                break;
            if (Cumulative(middle, freedom) < probability)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    // For t > 0: 1 - I_x(v/2, 1/2) / 2 with x = v / (v + t^2) (Abramowitz and Stegun 26.7.1). For whole v the incomplete beta function is a
    // finite sum (26.7.3, 26.7.4).
    private static double Cumulative(double t, int freedom)
    {
        var angle = Math.Atan(t / Math.Sqrt(freedom));
        var square = Math.Cos(angle) * Math.Cos(angle);
        var (term, sum) = (1.0, 0.0);
        var odd = freedom % 2 == 1;
        for (var k = odd ? 3 : 2; k <= freedom; k += 2)
        {
            sum += term;
            term *= square * (k - 1) / k;
        }
        var between = odd ? 2 / Math.PI * (angle + Math.Sin(angle) * Math.Cos(angle) * sum) : Math.Sin(angle) * sum; // P(|T| < t)
        return (1 + between) / 2;
    }
}
