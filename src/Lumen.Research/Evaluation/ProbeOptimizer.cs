using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) for small probes. TorchSharp's own makes numbers that nothing holds while libtorch reads them
/// (docs/decisions/0012-numbers-are-held.md).
/// </summary>
/// <param name="parameters">What is trained; they stay the caller's.</param>
/// <param name="weightDecay">λ.</param>
internal sealed class ProbeOptimizer(IReadOnlyList<Parameter> parameters, double weightDecay) : IDisposable
{
    private const double Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 1e-8;
    private readonly (Tensor First, Tensor Second)[] _moments =
    [
        .. parameters.Select(one => (zeros_like(one).DetachFromDisposeScope(), zeros_like(one).DetachFromDisposeScope())),
    ];
    private int _step;

    /// <summary>Forgets the gradients.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in parameters)
            parameter.grad?.zero_();
    }

    /// <summary>A step along the gradients.</summary>
    /// <param name="learningRate">η.</param>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _step++;
        var (correction1, correction2) = (1 - Math.Pow(Beta1, _step), 1 - Math.Pow(Beta2, _step));
        foreach (var (parameter, (first, second)) in parameters.Zip(_moments))
        {
            if (parameter.grad is not { } gradient)
                continue;
            parameter.mul_(1 - learningRate * weightDecay);
            first.mul_(Beta1).add_(gradient, 1 - Beta1);
            second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            var root = (second.sqrt() / Math.Sqrt(correction2)).add_(Epsilon);
            parameter.addcdiv_(first, root, -learningRate / correction1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (first, second) in _moments)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
