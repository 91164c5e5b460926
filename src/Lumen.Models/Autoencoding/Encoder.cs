using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Autoencoding;

/// <summary>Picture to moments of the latents. Source: diffusers <c>Encoder</c>.</summary>
internal sealed class Encoder : Module<Tensor, Tensor>
{
    [StateKey("conv_in")]
    private readonly ConvolutionLayer _convIn;

    [StateKey("down_blocks")]
    private readonly ModuleList<Level> _levels;

    [StateKey("mid_block")]
    private readonly MidBlock _mid;

    [StateKey("conv_norm_out")]
    private readonly GroupNorm _normOut;

    [StateKey("conv_out")]
    private readonly ConvolutionLayer _convOut;

    public Encoder(AutoencoderConfig config, Placement placement)
        : base(nameof(Encoder))
    {
        var channels = config.BlockOutChannels;
        _convIn = Layer.Conv(config.InChannels, channels[0], 3, placement);
        _levels = new ModuleList<Level>([.. channels.Select((_, level) => new Level(config, level, placement))]);
        _mid = new MidBlock(config, placement);
        _normOut = Layer.GroupNorm(config.Norm.Groups, channels[^1], config.Norm.Eps, placement);
        _convOut = Layer.Conv(channels[^1], 2 * config.LatentChannels, 3, placement);
        RegisterComponents();
    }

    public override Tensor forward(Tensor image)
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor>[] ends = [_mid.call, map => NormedActivation.Apply(_normOut, map), _convOut.call];
        // [B, 2·C, H/s, W/s]
        return Intermediate
            .Chain(image, [_convIn.call, .. _levels.Select(level => (Func<Tensor, Tensor>)level.call), .. ends])
            .MoveToOuterDisposeScope();
    }

    private sealed class Level : Module<Tensor, Tensor>
    {
        [StateKey("resnets")]
        private readonly ModuleList<ResnetBlock2D> _resnets;

        [StateKey("downsamplers")]
        private readonly ModuleList<Downsample2D>? _downsamplers;

        public Level(AutoencoderConfig config, int level, Placement placement)
            : base(nameof(Level))
        {
            var output = config.BlockOutChannels[level];
            var input = config.BlockOutChannels[Math.Max(level - 1, 0)];
            _resnets = new ModuleList<ResnetBlock2D>([
                .. Enumerable
                    .Range(0, config.LayersPerBlock)
                    .Select(i => new ResnetBlock2D(i == 0 ? input : output, output, null, config.Norm, placement)),
            ]);
            if (level < config.BlockOutChannels.Count - 1)
                _downsamplers = new ModuleList<Downsample2D>(new Downsample2D(output, 0, placement));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var h = Intermediate.Chain(x, _resnets.Select(resnet => (Func<Tensor, Tensor>)(map => resnet.call(map, null))));
            return (_downsamplers is null ? h : h.Then(_downsamplers[0].call)).MoveToOuterDisposeScope();
        }
    }
}
