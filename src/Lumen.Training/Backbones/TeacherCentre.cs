using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>
/// The running mean of a teacher's outputs, which is taken from them before they are sharpened (Caron et al. 2021, equation 4): without it
/// one prototype wins for every picture, and with it alone all win alike.
/// </summary>
public sealed class TeacherCentre
{
    private readonly double _momentum;

    /// <param name="prototypes">K.</param>
    /// <param name="momentum">What the centre keeps of itself at each step.</param>
    public TeacherCentre(long prototypes, double momentum)
    {
        _momentum = momentum;
        Value = zeros([1, prototypes], ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>[1, K], float32 on the processor; zero at first.</summary>
    public Tensor Value { get; }

    /// <summary>The teacher's distributions.</summary>
    /// <param name="outputs">[n, K], float32.</param>
    /// <param name="temperature">Below 1 sharpens.</param>
    /// <returns>[n, K], rows sum to 1.</returns>
    public Tensor Sharpen(Tensor outputs, double temperature)
    {
        using var scope = NewDisposeScope();
        return nn.functional.softmax((outputs - Value.to(outputs.device)) / temperature, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Moves towards the mean of a batch.</summary>
    /// <param name="mean">[1, K].</param>
    public void Update(Tensor mean)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        Value.mul_(_momentum).add_(mean.cpu(), alpha: 1 - _momentum);
    }
}
