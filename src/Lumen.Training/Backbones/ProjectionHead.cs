using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Backbones;

/// <summary>
/// DINO's head (Caron et al. 2021, <c>DINOHead</c>): three linear layers with GELU between them, unit length, then cosines to K prototypes
/// - a weight-normalised last layer whose norms stay 1. It computes in float32 at every placement: the teacher's distribution is sharpened
/// twentyfold.
/// </summary>
internal sealed class ProjectionHead : Module<Tensor, Tensor>
{
    private const double Deviation = 0.02; // of all its weights, as in the original

    [StateKey("first")]
    private readonly Linear _first;

    [StateKey("second")]
    private readonly Linear _second;

    [StateKey("third")]
    private readonly Linear _third;

    [StateKey("prototypes")]
    private readonly Parameter _prototypes;

    /// <param name="width">D, width of the tokens.</param>
    /// <param name="hidden">Width inside.</param>
    /// <param name="bottleneck">Width before the prototypes.</param>
    /// <param name="prototypes">K.</param>
    /// <param name="device">Where it computes.</param>
    public ProjectionHead(long width, long hidden, long bottleneck, long prototypes, Device device)
        : base(nameof(ProjectionHead))
    {
        _first = Layer(width, hidden, device);
        _second = Layer(hidden, hidden, device);
        _third = Layer(hidden, bottleneck, device);
        _prototypes = new Parameter(zeros([prototypes, bottleneck], ScalarType.Float32, device));
        RegisterComponents();
        foreach (var parameter in parameters())
            parameter.DetachFromDisposeScope();
    }

    /// <summary>Whether the prototypes get gradients; the original holds them still in the first epoch.</summary>
    public bool TrainsPrototypes
    {
        get => _prototypes.requires_grad;
        set => _prototypes.requires_grad = value;
    }

    /// <param name="tokens">[n, D], any floating type.</param>
    /// <returns>[n, K] cosines, float32.</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var hidden = functional.gelu(_second.call(functional.gelu(_first.call(tokens.to_type(ScalarType.Float32)))));
        var direction = functional.normalize(_third.call(hidden), 2, 1, 1e-6); // [n, bottleneck]
        return functional.linear(direction, functional.normalize(_prototypes, 2, 1, 1e-12)).MoveToOuterDisposeScope();
    }

    /// <summary>Draws fresh weights; the same stream gives the same weights.</summary>
    public void Initialise(RandomStream random)
    {
        using var frozen = no_grad();
        foreach (var (ordinal, (_, parameter)) in named_parameters().OrderBy(entry => entry.name, StringComparer.Ordinal).Index())
        {
            using var scope = NewDisposeScope();
            if (parameter.dim() < 2)
                parameter.zero_();
            else
                parameter.copy_(random.For(ordinal).Normal(parameter.shape) * Deviation);
        }
    }

    private static Linear Layer(long input, long output, Device device) => Linear(input, output, device: device, dtype: ScalarType.Float32);
}
