namespace Lumen.Imaging;

/// <summary>For each new pixel along one side: which old pixels count, and how much. The weights of a pixel sum to 1.</summary>
/// <param name="From">The old length of the side.</param>
/// <param name="Taps">For each new pixel the first old pixel and the weights from there on.</param>
internal sealed record ResampleWeights(int From, (int First, float[] Weights)[] Taps)
{
    /// <summary>Each new pixel covers [i, i + 1) * from / to of the old ones; the weight is the share covered.</summary>
    public static ResampleWeights Area(int from, int to) =>
        Make(from, to, (start, end) => (start, end), (at, start, end) => Math.Min(at + 1, end) - Math.Max(at, start));

    /// <summary>sinc(x) sinc(x / 3) on |x| &lt; 3, with x in old pixels when growing and in new pixels when shrinking.</summary>
    public static ResampleWeights Lanczos3(int from, int to)
    {
        var scale = Math.Max(1.0, from / (double)to);
        return Make(
            from,
            to,
            (start, end) => ((start + end) / 2 - 3 * scale + 0.5, (start + end) / 2 + 3 * scale - 0.5), // old pixels by their centres
            (at, start, end) => Lanczos((at + 0.5 - (start + end) / 2) / scale)
        );
    }

    private static ResampleWeights Make(
        int from,
        int to,
        Func<double, double, (double, double)> support,
        Func<int, double, double, double> weight
    )
    {
        var taps = new (int, float[])[to];
        for (var index = 0; index < to; index++)
        {
            var (start, end) = (index * (double)from / to, (index + 1) * (double)from / to);
            var (low, high) = support(start, end);
            // A hair's breadth keeps rounding errors of the ratio from touching one more pixel.
            var first = Math.Clamp((int)Math.Floor(low + 1e-9), 0, from - 1);
            var last = Math.Clamp((int)Math.Ceiling(high - 1e-9), first + 1, from);
            var weights = new double[last - first];
            for (var tap = 0; tap < weights.Length; tap++)
                weights[tap] = weight(first + tap, start, end);
            var sum = weights.Sum();
            taps[index] = (first, [.. weights.Select(value => (float)(value / sum))]);
        }
        return new ResampleWeights(from, taps);
    }

    private static double Lanczos(double x)
    {
        if (Math.Abs(x) >= 3)
            return 0;
        if (x == 0)
            return 1;
        var angle = Math.PI * x;
        return 3 * Math.Sin(angle) * Math.Sin(angle / 3) / (angle * angle);
    }
}
