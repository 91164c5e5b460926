using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>Two linear layers with the configured activation between (transformers <c>CLIPMLP</c>).</summary>
internal sealed class ClipTextMlp : Module<Tensor, Tensor>
{
    [StateKey("fc1")]
    private readonly Linear _expand;

    [StateKey("fc2")]
    private readonly Linear _contract;
    private readonly ClipActivation _activation;

    public ClipTextMlp(ClipTextConfig config, Device device)
        : base(nameof(ClipTextMlp))
    {
        _activation = config.Activation;
        _expand = Blank.Linear(config.HiddenSize, config.IntermediateSize, device);
        _contract = Blank.Linear(config.IntermediateSize, config.HiddenSize, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        return _contract.call(Activate(_expand.call(hidden))).MoveToOuterDisposeScope();
    }

    public void Initialise(double expand, double contract, RandomStream random)
    {
        Blank.Fill(_expand, expand, random.For(0));
        Blank.Fill(_contract, contract, random.For(1));
    }

    private Tensor Activate(Tensor x) => _activation == ClipActivation.QuickGelu ? x * (x * 1.702).sigmoid() : functional.gelu(x);
}
