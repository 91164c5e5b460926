using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Metrics;

/// <summary>How much the variants of one reference differ: the mean distance over all pairs, 0 where all are equal.</summary>
public static class Diversity
{
    /// <summary>Mean <see cref="PerceptualDistance"/> over all pairs of variants.</summary>
    /// <param name="layers">Feature maps of the variants, [V, C, h, w] each.</param>
    /// <param name="weights">As in <see cref="PerceptualDistance.Between"/>.</param>
    /// <exception cref="LumenException">There are fewer than two variants.</exception>
    public static double OfMaps(IReadOnlyList<Tensor> layers, IReadOnlyList<Tensor>? weights = null)
    {
        if (layers.Count == 0)
            throw new ArgumentException("layers must hold at least one layer but is empty.", nameof(layers));
        using var scope = NewDisposeScope();
        var (one, other) = Pairs(layers[0].shape[0]);
        return PerceptualDistance
            .Between(
                [.. layers.Select(maps => maps.index_select(0, one))],
                [.. layers.Select(maps => maps.index_select(0, other))],
                weights
            )
            .mean()
            .item<double>();
    }

    /// <summary>Mean cosine distance (1 - cosine, 0...2) over all pairs of variants.</summary>
    /// <param name="vectors">One feature vector a variant, [V, D], any floating type.</param>
    /// <exception cref="LumenException">There are fewer than two variants.</exception>
    public static double OfVectors(Tensor vectors)
    {
        Shape.Require(vectors, nameof(vectors), "[V, D]", s => s is [_, > 0]);
        using var scope = NewDisposeScope();
        var (one, other) = Pairs(vectors.shape[0]);
        using var cosines = ClipScore.Cosines(vectors.index_select(0, one), vectors.index_select(0, other));
        return 1 - cosines.mean().item<double>();
    }

    private static (Tensor One, Tensor Other) Pairs(long variants)
    {
        if (variants < 2)
            throw new LumenException(
                $"Diversity needs at least 2 variants of a reference but there is {variants}. Generate more with `NumImagesPerPrompt`."
            );
        var pairs = Enumerable
            .Range(0, (int)variants)
            .SelectMany(i => Enumerable.Range(i + 1, (int)variants - i - 1).Select(j => ((long)i, (long)j)))
            .ToArray();
        return (tensor(pairs.Select(pair => pair.Item1).ToArray()), tensor(pairs.Select(pair => pair.Item2).ToArray()));
    }
}
