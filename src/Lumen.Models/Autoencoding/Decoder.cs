using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Autoencoding;

/// <summary>Latents to picture. Source: diffusers <c>Decoder</c>.</summary>
internal sealed class Decoder : Module<Tensor, Tensor>
{
    [StateKey("conv_in")]
    private readonly ConvolutionLayer _convIn;

    [StateKey("mid_block")]
    private readonly MidBlock _mid;

    [StateKey("up_blocks")]
    private readonly ModuleList<Level> _levels;

    [StateKey("conv_norm_out")]
    private readonly GroupNorm _normOut;

    [StateKey("conv_out")]
    private readonly ConvolutionLayer _convOut;

    public Decoder(AutoencoderConfig config, Placement placement)
        : base(nameof(Decoder))
    {
        var channels = config.BlockOutChannels;
        _convIn = Layer.Conv(config.LatentChannels, channels[^1], 3, placement);
        _mid = new MidBlock(config, placement);
        _levels = new ModuleList<Level>([.. channels.Select((_, index) => new Level(config, index, placement))]);
        _normOut = Layer.GroupNorm(config.Norm.Groups, channels[0], config.Norm.Eps, placement);
        _convOut = Layer.Conv(channels[0], config.OutChannels, 3, placement);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor>[] ends = [map => NormedActivation.Apply(_normOut, map), _convOut.call];
        // [B, 3, H·s, W·s]
        return Intermediate
            .Chain(latents, [_convIn.call, _mid.call, .. _levels.Select(level => (Func<Tensor, Tensor>)level.call), .. ends])
            .MoveToOuterDisposeScope();
    }

    private sealed class Level : Module<Tensor, Tensor>
    {
        [StateKey("resnets")]
        private readonly ModuleList<ResnetBlock2D> _resnets;

        [StateKey("upsamplers")]
        private readonly ModuleList<Upsample2D>? _upsamplers;

        public Level(AutoencoderConfig config, int index, Placement placement)
            : base(nameof(Level))
        {
            var level = config.BlockOutChannels.Count - 1 - index;
            var output = config.BlockOutChannels[level];
            var input = config.BlockOutChannels[Math.Min(level + 1, config.BlockOutChannels.Count - 1)];
            _resnets = new ModuleList<ResnetBlock2D>([
                .. Enumerable
                    .Range(0, config.LayersPerBlock + 1)
                    .Select(i => new ResnetBlock2D(i == 0 ? input : output, output, null, config.Norm, placement)),
            ]);
            if (level > 0)
                _upsamplers = new ModuleList<Upsample2D>(new Upsample2D(output, placement));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var h = Intermediate.Chain(x, _resnets.Select(resnet => (Func<Tensor, Tensor>)(map => resnet.call(map, null))));
            return (_upsamplers is null ? h : h.Then(map => _upsamplers[0].call(map, null))).MoveToOuterDisposeScope();
        }
    }
}
