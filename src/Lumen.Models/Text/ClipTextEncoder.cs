using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>The stack of layers (transformers <c>CLIPEncoder</c>).</summary>
internal sealed class ClipTextEncoder : Module<Tensor, Tensor>
{
    [StateKey("layers")]
    private readonly ModuleList<ClipTextLayer> _layers;

    public ClipTextEncoder(ClipTextConfig config, Device device)
        : base(nameof(ClipTextEncoder))
    {
        _layers = new ModuleList<ClipTextLayer>([.. Enumerable.Range(0, config.Layers).Select(_ => new ClipTextLayer(config, device))]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden) // [B, T, D]
    {
        using var scope = NewDisposeScope();
        return _layers.Aggregate(hidden, (state, layer) => layer.call(state)).MoveToOuterDisposeScope();
    }

    /// <summary><paramref name="embedded"/> and the output of every layer, [B, T, D] each.</summary>
    public IReadOnlyList<Tensor> HiddenStates(Tensor embedded)
    {
        List<Tensor> states = [embedded];
        foreach (var layer in _layers)
            states.Add(layer.call(states[^1]));
        return states;
    }

    public void Initialise(ClipTextConfig config, RandomStream random)
    {
        for (var i = 0; i < _layers.Count; i++)
            _layers[i].Initialise(config, random.For(i));
    }
}
