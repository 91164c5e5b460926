using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>
/// Gated feed-forward layer of width 4·D: <c>W2 (a * gelu(g))</c> with <c>[a, g] = W1 x</c> and the exact GELU. Source: diffusers
/// <c>FeedForward</c> with <c>GEGLU</c>.
/// </summary>
internal sealed class FeedForward : Module<Tensor, Tensor>
{
    [StateKey("net")]
    private readonly ModuleList<Module> _net;

    public FeedForward(long width, Placement placement)
        : base(nameof(FeedForward))
    {
        // Index 1 is the dropout of the original: it has no weights, but it holds the place.
        _net = new ModuleList<Module>(
            new GatedProjection(width, 4 * width, placement),
            nn.Identity(),
            Layer.Linear(4 * width, width, placement)
        );
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var hidden = ((GatedProjection)_net[0]).call(tokens); // [B, T, 4D]
        return ((Linear)_net[2]).call(hidden).MoveToOuterDisposeScope();
    }

    private sealed class GatedProjection : Module<Tensor, Tensor>
    {
        [StateKey("proj")]
        private readonly Linear _projection;

        public GatedProjection(long width, long hidden, Placement placement)
            : base(nameof(GatedProjection))
        {
            _projection = Layer.Linear(width, 2 * hidden, placement);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens)
        {
            using var scope = NewDisposeScope();
            return GatedGelu.Apply(_projection.call(tokens)).MoveToOuterDisposeScope();
        }
    }
}
