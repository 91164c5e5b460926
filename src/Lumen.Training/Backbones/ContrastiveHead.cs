using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Backbones;

/// <summary>
/// What CLIP has besides its towers: the projection of texts into the joint space, and the learned scale of the cosines, kept as a
/// logarithm. State keys are transformers'.
/// </summary>
internal sealed class ContrastiveHead : Module<Tensor, Tensor>
{
    private const double FirstTemperature = 0.07;
    private const double LargestScale = 100;

    [StateKey("text_projection")]
    private readonly Linear _projection;

    [StateKey("logit_scale")]
    private readonly Parameter _scale;

    /// <param name="width">Width of the text encoder.</param>
    /// <param name="joint">E, width of the joint space.</param>
    /// <param name="device">Where it computes, in float32.</param>
    public ContrastiveHead(long width, long joint, Device device)
        : base(nameof(ContrastiveHead))
    {
        _projection = Linear(width, joint, hasBias: false, device: device, dtype: ScalarType.Float32);
        _scale = new Parameter(tensor((float)Math.Log(1 / FirstTemperature), device: device));
        RegisterComponents();
        foreach (var parameter in parameters())
            parameter.DetachFromDisposeScope();
    }

    /// <summary>Scalar, at most 100.</summary>
    public Tensor Scale
    {
        get
        {
            using var scope = NewDisposeScope();
            return _scale.clamp_max(Math.Log(LargestScale)).exp().MoveToOuterDisposeScope();
        }
    }

    /// <param name="pooled">[B, D] pooled texts, any floating type.</param>
    /// <returns>[B, E], float32.</returns>
    public override Tensor forward(Tensor pooled)
    {
        using var scope = NewDisposeScope();
        return _projection.call(pooled.to_type(ScalarType.Float32)).MoveToOuterDisposeScope();
    }

    /// <summary>Draws a fresh projection of deviation D^-1/2, as the original; the same stream gives the same one.</summary>
    public void Initialise(RandomStream random)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        _projection.weight.copy_(random.Normal(_projection.weight.shape) / Math.Sqrt(_projection.weight.shape[1]));
    }
}
