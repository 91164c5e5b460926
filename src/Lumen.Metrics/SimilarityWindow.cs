namespace Lumen.Metrics;

/// <summary>The window that <see cref="StructuralSimilarity"/> compares in.</summary>
/// <param name="Size">Side in pixels, odd.</param>
/// <param name="Sigma">Standard deviation of a Gaussian window; null: every pixel counts the same.</param>
public sealed record SimilarityWindow(int Size, double? Sigma = null)
{
    /// <summary>7 x 7, uniform: scikit-image's default.</summary>
    public static SimilarityWindow Uniform { get; } = new(7);

    /// <summary>11 x 11, sigma 1.5: the window of Wang et al. (2004).</summary>
    public static SimilarityWindow Gaussian { get; } = new(11, 1.5);

    /// <summary>Weights of one row of the window; they sum to 1.</summary>
    internal double[] Weights()
    {
        if (Size < 1 || Size % 2 == 0)
            throw new ArgumentException($"A window must have an odd side but has {Size}.");
        var weights = new double[Size];
        for (var i = 0; i < Size; i++)
            weights[i] = Sigma is { } sigma ? Math.Exp(-0.5 * Math.Pow((i - Size / 2) / sigma, 2)) : 1;
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
