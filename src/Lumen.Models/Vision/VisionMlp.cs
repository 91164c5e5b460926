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
    private VisionFeedForward _activation;

    public VisionMlp(VisionTransformerConfig config, Placement placement)
        : base(nameof(VisionMlp))
    {
        Activate(config.FeedForward);
        _expand = Layer.Linear(config.Width, config.Hidden, placement);
        _contract = Layer.Linear(config.Hidden, config.Width, placement);
        RegisterComponents();
    }

    /// <summary>Chooses the activation.</summary>
    public void Activate(VisionFeedForward activation) => _activation = activation;

    public override Tensor forward(Tensor tokens) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        var hidden = _expand.call(tokens);
        var activated = _activation switch
        {
            VisionFeedForward.QuickGelu => hidden * (hidden * 1.702).sigmoid(),
            VisionFeedForward.GeluTanh => GeluTanh(hidden),
            _ => functional.gelu(hidden),
        };
        return _contract.call(activated).MoveToOuterDisposeScope();
    }

    // x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))) (Hendrycks and Gimpel 2016)
    private static Tensor GeluTanh(Tensor x) => x / 2 * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh());
}
