using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Vision;

/// <summary>Two linear layers with an activation between (timm <c>Mlp</c>).</summary>
internal sealed class VisionMlp : Module<Tensor, Tensor>
{
    [StateKey("fc1")]
    private readonly Linear _expand;

    [StateKey("fc2")]
    private readonly Linear _contract;
    private bool _quick;

    public VisionMlp(VisionTransformerConfig config, Placement placement)
        : base(nameof(VisionMlp))
    {
        Activate(config.FeedForward);
        _expand = Layer.Linear(config.Width, config.Hidden, placement);
        _contract = Layer.Linear(config.Hidden, config.Width, placement);
        RegisterComponents();
    }

    /// <summary>Chooses the activation.</summary>
    public void Activate(VisionFeedForward activation) => _quick = activation == VisionFeedForward.QuickGelu;

    public override Tensor forward(Tensor tokens) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        var hidden = _expand.call(tokens);
        return _contract.call(_quick ? hidden * (hidden * 1.702).sigmoid() : functional.gelu(hidden)).MoveToOuterDisposeScope();
    }
}
