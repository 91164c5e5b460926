namespace Lumen.Metrics;

/// <summary>Order statistics as numpy defines them.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two middle ones.</summary>
    public static double Median(double[] values) => Quantile(values, 0.5);

    /// <summary>The value below which a fraction lies, interpolated linearly between neighbours. Sorts its argument.</summary>
    public static double Quantile(double[] values, double fraction)
    {
        if (values.Length == 0)
            return double.NaN;
        Array.Sort(values);
        var place = fraction * (values.Length - 1);
        var low = (int)Math.Floor(place);
        var high = Math.Min(low + 1, values.Length - 1);
        return values[low] + (values[high] - values[low]) * (place - low);
    }
}
