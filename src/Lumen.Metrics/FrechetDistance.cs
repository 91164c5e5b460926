using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Metrics;

/// <summary>
/// Fréchet distance between two sets of feature rows seen as Gaussians (Heusel et al. 2017): |m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr((S1
/// S2)^1/2), in float64, covariances divided by n - 1. With Inception features it is the FID; with other features its numbers are
/// comparable among themselves only.
/// </summary>
public static class FrechetDistance
{
    /// <summary>The distance of two sets whose moments were gathered batch by batch.</summary>
    /// <exception cref="LumenException">A set has fewer than two rows.</exception>
    public static double Between(StreamingMoments one, StreamingMoments other)
    {
        if (one.Channels != other.Channels)
            throw new ArgumentException(
                $"Both sets must have the same channels but have {one.Channels} and {other.Channels}.",
                nameof(other)
            );
        if (one.Count < 2 || other.Count < 2)
            throw new LumenException(
                $"A Fréchet distance needs at least 2 pictures on either side but there are {one.Count} and {other.Count}."
            );
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var (first, second) = (Covariance(one), Covariance(other)); // [C, C]
        // The roots of the eigenvalues of S1^1/2 S2 S1^1/2 are those of S1 S2, but this matrix is symmetric: singular covariances do no
        // harm.
        var (values, vectors) = linalg.eigh(first);
        var root = (vectors * values.clamp_min(0).sqrt()).mm(vectors.t()); // S1^1/2
        var product = root.mm(second).mm(root);
        var shared = linalg.eigvalsh((product + product.t()) / 2).clamp_min(0).sqrt().sum();
        var distance = (one.Mean() - other.Mean()).square().sum() + first.diagonal().sum() + second.diagonal().sum() - 2 * shared;
        return Math.Max(0, distance.item<double>());
    }

    /// <summary>The distance of two sets of rows.</summary>
    /// <param name="one">[n, C], finite, any floating type.</param>
    /// <param name="other">[m, C], finite, any floating type.</param>
    /// <exception cref="LumenException">A set has fewer than two rows, or a value is not finite.</exception>
    public static double Between(Tensor one, Tensor other)
    {
        using var first = Moments(one);
        using var second = Moments(other);
        return Between(first, second);
    }

    private static StreamingMoments Moments(Tensor rows)
    {
        Core.Tensors.Shape.Require(rows, nameof(rows), "[n, C]", s => s is [_, > 0]);
        using var scope = NewDisposeScope();
        var moments = new StreamingMoments((int)rows.shape[1]);
        moments.Add(rows.to(ScalarType.Float64));
        return moments;
    }

    private static Tensor Covariance(StreamingMoments moments) => moments.Scatter() / (moments.Count - 1.0);
}
