using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Vision;

/// <summary>DINOv2's <c>SwiGLUFFN</c>: the first layer gives gate and value, the gate's SiLU multiplies the value.</summary>
internal sealed class SwiGlu : Module<Tensor, Tensor>
{
    [StateKey("w12")]
    private readonly Linear _gateAndValue;

    [StateKey("w3")]
    private readonly Linear _contract;

    public SwiGlu(VisionTransformerConfig config, Placement placement)
        : base(nameof(SwiGlu))
    {
        _gateAndValue = Layer.Linear(config.Width, 2 * config.Hidden, placement);
        _contract = Layer.Linear(config.Hidden, config.Width, placement);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        var parts = Pieces.Of(_gateAndValue.call(tokens), 2, 2); // 2 x [B, T, hidden]
        return _contract.call(functional.silu(parts[0]) * parts[1]).MoveToOuterDisposeScope();
    }
}
