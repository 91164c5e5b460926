using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>One level of the way down. Source: diffusers <c>CrossAttnDownBlock2D</c> and, without attention, <c>DownBlock2D</c>.</summary>
internal sealed class DownBlock2D : Module
{
    [StateKey("resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    [StateKey("attentions")]
    private readonly ModuleList<Transformer2DModel>? _attentions;

    [StateKey("downsamplers")]
    private readonly ModuleList<Downsample2D>? _downsamplers;

    public DownBlock2D(UNetConfig config, int level, Placement placement)
        : base(nameof(DownBlock2D))
    {
        var output = config.BlockOutChannels[level];
        var input = config.BlockOutChannels[Math.Max(level - 1, 0)];
        var layers = Enumerable.Range(0, config.LayersPerBlock).ToArray();
        _resnets = new ModuleList<ResnetBlock2D>([
            .. layers.Select(i => new ResnetBlock2D(i == 0 ? input : output, output, config.TimeWidth, config.Norm, placement)),
        ]);
        if (config.DownAttention[level])
        {
            _attentions = new ModuleList<Transformer2DModel>([
                .. layers.Select(_ => new Transformer2DModel(
                    config.Transformer(level),
                    config.CrossAttentionDim,
                    config.NormNumGroups,
                    placement
                )),
            ]);
        }
        if (level < config.BlockOutChannels.Count - 1)
            _downsamplers = new ModuleList<Downsample2D>(new Downsample2D(output, config.DownsamplePadding, placement));
        RegisterComponents();
    }

    /// <summary>Runs the level and pushes every output onto <paramref name="skips"/>; the last one is the level's result.</summary>
    public Tensor Forward(Tensor x, Conditioning conditioning, List<Tensor> skips, string name)
    {
        var h = x;
        for (var i = 0; i < _resnets.Count; i++)
        {
            h = conditioning.Recomputes
                ? Recomputation.Apply(Recomputed(i), h, conditioning.Time, conditioning.Context)
                : Through(i, h, conditioning, name);
            Keep(h, i);
        }
        if (_downsamplers is not null)
        {
            h = _downsamplers[0].call(h);
            Keep(h, _resnets.Count);
        }
        conditioning.Tap?.Record(name, h);
        return h;

        void Keep(Tensor output, int index)
        {
            skips.Add(output);
            conditioning.Tap?.Record($"{name}.res.{index}", output);
        }
    }

    private Tensor Through(int index, Tensor x, Conditioning conditioning, string name)
    {
        var h = _resnets[index].call(x, conditioning.Time);
        return _attentions is null
            ? h
            : _attentions[index].Forward(h, conditioning.Context, conditioning.Tap, $"{name}.attentions.{index}");
    }

    private Func<IReadOnlyList<Tensor>, Tensor> Recomputed(int index) =>
        inputs =>
        {
            using var scope = NewDisposeScope();
            return Through(index, inputs[0], new Conditioning(inputs[1], inputs[2], null), "").MoveToOuterDisposeScope();
        };
}

/// <summary>What every block of the network is conditioned on.</summary>
/// <param name="Time">SiLU of the time embedding, [B, 4·C0].</param>
/// <param name="Context">Prompt embedding [B, S, E].</param>
/// <param name="Tap">Collects intermediate outputs, or null.</param>
internal readonly record struct Conditioning(Tensor Time, Tensor Context, ActivationTap? Tap)
{
    /// <summary>Whether layers keep only their inputs for the gradient; never with a tap.</summary>
    public bool Recomputes { get; init; }
}
