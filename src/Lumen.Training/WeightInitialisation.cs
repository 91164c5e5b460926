using Lumen.Core.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// Fresh weights from a seed: uniform in ±1/sqrt(fan-in) for linear layers and convolutions, as PyTorch draws them (He et al. 2015 with a =
/// sqrt 5); norms the identity.
/// </summary>
public static class WeightInitialisation
{
    /// <summary>
    /// Overwrites every parameter of <paramref name="module"/>; each depends on the seed and its own name's position only.
    /// </summary>
    public static void Apply(Module module, RandomStream random)
    {
        using var frozen = no_grad();
        var parameters = module.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        var ordinal = 0L;
        foreach (var (name, parameter) in parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            var weight = name.EndsWith(".bias", StringComparison.Ordinal)
                ? parameters.GetValueOrDefault(name[..^"bias".Length] + "weight")
                : parameter;
            var stream = random.For(ordinal++);
            if (weight is null || weight.dim() < 2)
            {
                parameter.fill_(name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1);
                continue;
            }
            var bound = 1 / Math.Sqrt(weight.shape.Skip(1).Aggregate(1L, (a, b) => a * b));
            parameter.copy_((stream.Uniform(parameter.shape) * 2 - 1) * bound);
        }
    }
}
