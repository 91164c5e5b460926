using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>
/// Spreads a batch evenly over the prototypes (Caron et al. 2020, SwAV, section 3.1; Oquab et al. 2023, <c>sinkhorn_knopp_teacher</c>):
/// columns and rows are scaled in turn until every prototype has the same share and every row sums to 1. Unlike a running mean it tells
/// pictures apart however little their outputs differ, which short trainings with small batches need.
/// </summary>
public static class SinkhornKnopp
{
    private const int Iterations = 3; // as in both originals

    /// <summary>The teacher's distributions.</summary>
    /// <param name="outputs">[n, K], float32.</param>
    /// <param name="temperature">Below 1 sharpens.</param>
    /// <returns>[n, K], float32, rows sum to 1.</returns>
    public static Tensor Assign(Tensor outputs, double temperature)
    {
        Shape.Require(outputs, nameof(outputs), "[n, K]", s => s is [> 0, > 0]);
        using var scope = NewDisposeScope();
        var logarithms = outputs.to_type(ScalarType.Float64) / temperature;
        for (var i = 0; i < Iterations; i++)
        {
            logarithms = logarithms - logarithms.logsumexp(0, keepdim: true);
            logarithms = logarithms - logarithms.logsumexp(1, keepdim: true);
        }
        return logarithms.exp().to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
