using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>
/// The running mean of a teacher's outputs, which is taken from them before they are sharpened (Caron et al. 2021, equation 4): without it
/// one prototype wins for every picture, and with it alone all win alike.
/// </summary>
internal sealed class TeacherCentre
{
    private readonly double _momentum;

    /// <param name="prototypes">K.</param>
    /// <param name="momentum">What the centre keeps of itself at each step.</param>
    /// <param name="device">Where outputs are; null for the processor.</param>
    public TeacherCentre(long prototypes, double momentum, Device? device = null)
    {
        _momentum = momentum;
        Value = zeros([1, prototypes], ScalarType.Float32, device ?? CPU).DetachFromDisposeScope();
    }

    /// <summary>[1, K], float32; zero at first.</summary>
    public Tensor Value { get; }

    /// <summary>The teacher's distributions.</summary>
    /// <param name="outputs">[n, K], float32.</param>
    /// <param name="temperature">Below 1 sharpens.</param>
    /// <returns>[n, K], rows sum to 1.</returns>
    public Tensor Sharpen(Tensor outputs, double temperature)
    {
        using var scope = NewDisposeScope();
        return nn.functional.softmax((outputs - Value) / temperature, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Moves towards the mean of a batch.</summary>
    /// <param name="mean">[1, K].</param>
    public void Update(Tensor mean)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        Value.mul_(_momentum).add_(mean, alpha: 1 - _momentum);
    }
}

/// <summary>What keeps a teacher from giving every picture the same prototype (DINOv2's <c>centering</c>).</summary>
public enum TeacherCentring
{
    /// <summary>A running mean is taken from its outputs: <see cref="TeacherCentre"/>.</summary>
    Mean,

    /// <summary>Every prototype gets an equal share of each batch: <see cref="SinkhornKnopp"/>.</summary>
    SinkhornKnopp,
}

/// <summary>
/// Spreads a batch evenly over the prototypes (Caron et al. 2020, SwAV, section 3.1; Oquab et al. 2023, <c>sinkhorn_knopp_teacher</c>):
/// columns and rows are scaled in turn until every prototype has the same share and every row sums to 1. Unlike a running mean it keeps
/// pictures apart however little their outputs differ, which short trainings with small batches need.
/// </summary>
internal static class SinkhornKnopp
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
        var logarithms = DoublePrecision.Of(outputs) / temperature;
        for (var i = 0; i < Iterations; i++)
        {
            logarithms = logarithms - logarithms.logsumexp(0, keepdim: true);
            logarithms = logarithms - logarithms.logsumexp(1, keepdim: true);
        }
        return logarithms.exp().to(outputs.device).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
