using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Metrics;

/// <summary>
/// Distance of pictures in the features of a network (LPIPS, Zhang et al. 2018): feature vectors are brought to length 1 in every place,
/// squared differences are weighted by channel, averaged over places and summed over layers. The published weights belong to published
/// networks; without weights every channel counts 1.
/// </summary>
public static class PerceptualDistance
{
    private const double Epsilon = 1e-10; // added to the length, as in LPIPS 0.1: a zero vector stays zero

    /// <summary>Distances over several layers.</summary>
    /// <param name="one">Feature maps, [B, C, h, w] each, any floating type.</param>
    /// <param name="other">As many of the same shapes.</param>
    /// <param name="weights">Weights of the channels of each layer, [C] or [1, C, 1, 1]; null: 1 each.</param>
    /// <returns>[B], float64, 0 or more; the caller disposes it.</returns>
    public static Tensor Between(IReadOnlyList<Tensor> one, IReadOnlyList<Tensor> other, IReadOnlyList<Tensor>? weights = null)
    {
        if (one.Count == 0 || one.Count != other.Count || (weights is not null && weights.Count != one.Count))
            throw new ArgumentException(
                $"one, other and weights must hold the same layers, at least one, but hold {one.Count}, {other.Count} and "
                    + $"{weights?.Count ?? one.Count}.",
                nameof(other)
            );
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var sum = Layer(one[0], other[0], weights?[0]);
        for (var i = 1; i < one.Count; i++)
            sum = sum + Layer(one[i], other[i], weights?[i]);
        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>Distances in one layer.</summary>
    /// <param name="one">[B, C, h, w], any floating type.</param>
    /// <param name="other">The same shape.</param>
    /// <param name="weights">[C] or [1, C, 1, 1]; null: 1 each.</param>
    /// <returns>[B], float64; the caller disposes it.</returns>
    public static Tensor Layer(Tensor one, Tensor other, Tensor? weights = null)
    {
        Shape.Require(one, nameof(one), "[B, C, h, w]", s => s.Length == 4);
        Shape.Require(other, nameof(other), Shape.Text(one.shape), s => s.AsSpan().SequenceEqual(one.shape));
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var difference = (Directions(one) - Directions(other)).square(); // [B, C, h, w]
        if (weights is not null)
            difference = difference * weights.to(ScalarType.Float64).reshape(1, one.shape[1], 1, 1);
        return difference.sum(dim: 1).mean([1, 2]).MoveToOuterDisposeScope(); // [B]
    }

    private static Tensor Directions(Tensor maps)
    {
        var wide = maps.detach().to(ScalarType.Float64);
        return wide / (wide.square().sum(dim: 1, keepdim: true).sqrt() + Epsilon);
    }
}
