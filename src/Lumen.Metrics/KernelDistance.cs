using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Metrics;

/// <summary>
/// Kernel distance of two sets of feature rows (Binkowski et al. 2018): the unbiased squared maximum mean discrepancy with the kernel (x·y
/// / C + 1)^3, in float64. It can be slightly negative for equal sets. With Inception features it is the KID; with other features its
/// numbers are comparable among themselves only.
/// </summary>
public static class KernelDistance
{
    /// <summary>The distance over all rows.</summary>
    /// <param name="one">[n, C], any floating type.</param>
    /// <param name="other">[m, C], any floating type.</param>
    /// <exception cref="LumenException">A set has fewer than two rows.</exception>
    public static double Between(Tensor one, Tensor other)
    {
        Require(one, other);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var (x, y) = (Wide(one), Wide(other));
        return (OffDiagonalMean(x) + OffDiagonalMean(y) - 2 * Kernel(x, y).mean()).item<double>();
    }

    /// <summary>The distance over random subsets of equal size, as it is usually printed: mean and spread over subsets.</summary>
    /// <param name="one">[n, C], any floating type.</param>
    /// <param name="other">[m, C], any floating type.</param>
    /// <param name="subsets">Number of subsets, at least 1.</param>
    /// <param name="size">Rows in a subset, drawn without replacement; no more than the smaller set has.</param>
    /// <param name="random">Draws the subsets.</param>
    /// <returns>The distance of each subset.</returns>
    /// <exception cref="LumenException">The subsets are larger than a set or smaller than two rows.</exception>
    public static IReadOnlyList<double> OverSubsets(Tensor one, Tensor other, int subsets, int size, RandomStream random)
    {
        Require(one, other);
        ArgumentOutOfRangeException.ThrowIfLessThan(subsets, 1);
        if (size < 2 || size > Math.Min(one.shape[0], other.shape[0]))
            throw new LumenException(
                $"Subsets for the kernel distance must hold 2 to {Math.Min(one.shape[0], other.shape[0])} rows (the smaller set) "
                    + $"but hold {size}."
            );
        var distances = new double[subsets];
        for (var i = 0; i < subsets; i++)
        {
            using var scope = NewDisposeScope();
            distances[i] = Between(Draw(one, random.For(2 * i)), Draw(other, random.For(2 * i + 1)));
        }
        return distances;

        Tensor Draw(Tensor rows, RandomStream stream) =>
            rows.index_select(0, stream.Uniform(rows.shape[0]).argsort().narrow(0, 0, size).to(rows.device));
    }

    private static void Require(Tensor one, Tensor other)
    {
        Shape.Require(one, nameof(one), "[n, C]", s => s is [_, > 0]);
        Shape.Require(other, nameof(other), $"[m, {one.shape[1]}]", s => s is [_, var c] && c == one.shape[1]);
        if (one.shape[0] < 2 || other.shape[0] < 2)
            throw new LumenException(
                $"A kernel distance needs at least 2 pictures on either side but there are {one.shape[0]} and {other.shape[0]}."
            );
    }

    private static Tensor Wide(Tensor rows) => rows.detach().cpu().to(ScalarType.Float64);

    private static Tensor Kernel(Tensor x, Tensor y) => (x.mm(y.t()) / x.shape[1] + 1).pow(3); // [n, m]

    private static Tensor OffDiagonalMean(Tensor x)
    {
        var (kernel, n) = (Kernel(x, x), (double)x.shape[0]);
        return (kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1));
    }
}
