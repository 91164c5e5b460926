using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>
/// How much of one set of numbers another explains by a linear map with a constant: R^2, and for one-hot classes eta^2. All of it follows
/// from sums of products, so pictures can be added and drawn again without their cells.
/// </summary>
public static class LinearDependence
{
    // directions with less than this share of the largest variance do not count: one-hot columns always sum to 1
    private const double Smallest = 1e-9;

    /// <summary>Sums of products of rows, a 1 put before each.</summary>
    /// <param name="rows">[n, V], finite.</param>
    /// <returns>[V + 1, V + 1] float64; the caller disposes it.</returns>
    public static Tensor Moments(Tensor rows)
    {
        Shape.Require(rows, nameof(rows), "[n, V]", s => s is [> 0, > 0]);
        using var scope = NewDisposeScope();
        var wide = cat([ones(rows.shape[0], 1, dtype: ScalarType.Float64), rows.detach().to_type(ScalarType.Float64)], 1); // [n, V + 1]
        return wide.t().mm(wide).MoveToOuterDisposeScope();
    }

    /// <summary>The upper triangle of moments, row by row.</summary>
    public static double[] Packed(Tensor moments)
    {
        var size = (int)moments.shape[0];
        var all = moments.contiguous().data<double>().ToArray();
        return [.. Enumerable.Range(0, size).SelectMany(row => all.AsSpan(row * size + row, size - row).ToArray())];
    }

    /// <summary>What <see cref="Packed"/> packed.</summary>
    /// <param name="packed">[R, (V + 1)(V + 2) / 2].</param>
    /// <returns>[R, V + 1, V + 1]; the caller disposes it.</returns>
    public static Tensor Unpacked(Tensor packed)
    {
        using var scope = NewDisposeScope();
        var size = (int)Math.Round((Math.Sqrt(1 + 8.0 * packed.shape[1]) - 1) / 2);
        var places = new long[size * size];
        var at = 0;
        for (var row = 0; row < size; row++)
        {
            for (var column = row; column < size; column++)
                places[row * size + column] = places[column * size + row] = at++;
        }
        return packed.index_select(1, tensor(places)).reshape(-1, size, size).MoveToOuterDisposeScope();
    }

    /// <summary>Covariances (divided by n) from moments.</summary>
    /// <param name="moments">[R, V + 1, V + 1].</param>
    /// <returns>[R, V, V]; the caller disposes it.</returns>
    public static Tensor Covariances(Tensor moments)
    {
        using var scope = NewDisposeScope();
        var variables = moments.shape[1] - 1;
        var scaled = moments / moments.narrow(1, 0, 1).narrow(2, 0, 1);
        var means = scaled.narrow(1, 0, 1).narrow(2, 1, variables); // [R, 1, V]
        return (scaled.narrow(1, 1, variables).narrow(2, 1, variables) - means.transpose(1, 2).bmm(means)).MoveToOuterDisposeScope();
    }

    /// <summary>Share of the variance of each target that the sources explain together.</summary>
    /// <param name="covariances">[R, V, V].</param>
    /// <param name="targets">First and number of the targets among the V columns.</param>
    /// <param name="sources">First and number of the sources.</param>
    /// <returns>[R, targets], 0...1; 0 where a target does not vary. The caller disposes it.</returns>
    public static Tensor Each(Tensor covariances, (int First, int Count) targets, (int First, int Count) sources)
    {
        using var scope = NewDisposeScope();
        var (explained, total) = Parts(covariances, targets, sources);
        return Ratio(explained, total).MoveToOuterDisposeScope();
    }

    /// <summary>Share of the summed variance of all targets that the sources explain together.</summary>
    /// <returns>[R], 0...1; the caller disposes it.</returns>
    /// <inheritdoc cref="Each"/>
    public static Tensor Together(Tensor covariances, (int First, int Count) targets, (int First, int Count) sources)
    {
        using var scope = NewDisposeScope();
        var (explained, total) = Parts(covariances, targets, sources);
        return Ratio(explained.sum(1), total.sum(1)).MoveToOuterDisposeScope();
    }

    private static Tensor Ratio(Tensor part, Tensor whole) =>
        where(whole > 1e-12, part / whole.clamp_min(1e-12), zeros_like(whole)).clamp(0, 1);

    // Explained and total variance of each target, [R, targets].
    private static (Tensor Explained, Tensor Total) Parts(
        Tensor covariances,
        (int First, int Count) targets,
        (int First, int Count) sources
    )
    {
        var rows = covariances.narrow(1, sources.First, sources.Count);
        // [R, S, S], [R, S, T]
        var (within, across) = (rows.narrow(2, sources.First, sources.Count), rows.narrow(2, targets.First, targets.Count));
        var total = covariances.diagonal(0, 1, 2).narrow(1, targets.First, targets.Count); // [R, T]
        var (values, vectors) = linalg.eigh(within); // [R, S], [R, S, S]
        var largest = values.narrow(1, sources.Count - 1, 1).clamp_min(1e-300);
        var inverse = where(values > largest * Smallest, 1 / values.clamp_min(1e-300), zeros_like(values));
        var turned = vectors.transpose(1, 2).bmm(across); // [R, S, T]
        return ((turned.square() * inverse.unsqueeze(2)).sum(1), total);
    }
}
