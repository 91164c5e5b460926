using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>Resnet, attention, resnet at the coarsest level. Source: diffusers <c>UNetMidBlock2DCrossAttn</c>.</summary>
internal sealed class MidBlock2D : Module
{
    [StateKey("resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    [StateKey("attentions")]
    private readonly ModuleList<Transformer2DModel> _attentions;

    public MidBlock2D(UNetConfig config, Placement placement)
        : base(nameof(MidBlock2D))
    {
        var level = config.BlockOutChannels.Count - 1;
        var channels = config.BlockOutChannels[level];
        _resnets = new ModuleList<ResnetBlock2D>(
            new ResnetBlock2D(channels, channels, config.TimeWidth, config.Norm, placement),
            new ResnetBlock2D(channels, channels, config.TimeWidth, config.Norm, placement)
        );
        _attentions = new ModuleList<Transformer2DModel>(
            new Transformer2DModel(config.Transformer(level), config.CrossAttentionDim, config.NormNumGroups, placement)
        );
        RegisterComponents();
    }

    public Tensor Forward(Tensor x, Conditioning conditioning, string name) =>
        conditioning.Recomputes
            ? Recomputation.Apply(
                inputs => Block(inputs[0], new Conditioning(inputs[1], inputs[2], null), ""),
                x,
                conditioning.Time,
                conditioning.Context
            )
            : Block(x, conditioning, name);

    private Tensor Block(Tensor x, Conditioning conditioning, string name)
    {
        using var scope = NewDisposeScope();
        var h = _resnets[0].call(x, conditioning.Time);
        h = _attentions[0].Forward(h, conditioning.Context, conditioning.Tap, $"{name}.attentions.0");
        return _resnets[1].call(h, conditioning.Time).MoveToOuterDisposeScope();
    }
}
