using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Autoencoding;

/// <summary>Resnet, one-head attention, resnet. Source: diffusers <c>UNetMidBlock2D</c> as the autoencoder uses it.</summary>
internal sealed class MidBlock : Module<Tensor, Tensor>
{
    [StateKey("resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    [StateKey("attentions")]
    private readonly ModuleList<PixelAttention> _attentions;

    public MidBlock(AutoencoderConfig config, Placement placement)
        : base(nameof(MidBlock))
    {
        var channels = config.BlockOutChannels[^1];
        _resnets = new ModuleList<ResnetBlock2D>(
            new ResnetBlock2D(channels, channels, null, config.Norm, placement),
            new ResnetBlock2D(channels, channels, null, config.Norm, placement)
        );
        _attentions = new ModuleList<PixelAttention>(new PixelAttention(channels, config, placement));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return _resnets[0].call(x, null).Then(_attentions[0].call).Then(map => _resnets[1].call(map, null)).MoveToOuterDisposeScope();
    }

    private sealed class PixelAttention : Module<Tensor, Tensor>
    {
        [StateKey("group_norm")]
        private readonly GroupNorm _norm;

        [StateKey("to_q")]
        private readonly Linear _query;

        [StateKey("to_k")]
        private readonly Linear _key;

        [StateKey("to_v")]
        private readonly Linear _value;

        [StateKey("to_out")]
        private readonly ModuleList<Module<Tensor, Tensor>> _output;

        public PixelAttention(long channels, AutoencoderConfig config, Placement placement)
            : base(nameof(PixelAttention))
        {
            _norm = Layer.GroupNorm(config.Norm.Groups, channels, config.Norm.Eps, placement);
            _query = Layer.Linear(channels, channels, placement);
            _key = Layer.Linear(channels, channels, placement);
            _value = Layer.Linear(channels, channels, placement);
            _output = new ModuleList<Module<Tensor, Tensor>>(Layer.Linear(channels, channels, placement));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var (height, width) = (x.shape[2], x.shape[3]);
            var tokens = NormedActivation.Apply(_norm, x, activated: false).flatten(2).transpose(1, 2); // [B, HW, C]
            var mixed = DotProductAttention
                .Mix(_query.call(tokens).unsqueeze(1), _key.call(tokens).unsqueeze(1), _value.call(tokens).unsqueeze(1))
                .squeeze(1);
            return (_output[0].call(mixed).transpose(1, 2).unflatten(2, [height, width]) + x).MoveToOuterDisposeScope();
        }
    }
}
