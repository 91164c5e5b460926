using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>One level of the way up. Source: diffusers <c>CrossAttnUpBlock2D</c> and, without attention, <c>UpBlock2D</c>.</summary>
internal sealed class UpBlock2D : Module
{
    [StateKey("resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    [StateKey("attentions")]
    private readonly ModuleList<Transformer2DModel>? _attentions;

    [StateKey("upsamplers")]
    private readonly ModuleList<Upsample2D>? _upsamplers;

    /// <param name="config">The network's configuration.</param>
    /// <param name="index">Position on the way up: 0 is the coarsest level.</param>
    /// <param name="placement">Device and type.</param>
    public UpBlock2D(UNetConfig config, int index, Placement placement)
        : base(nameof(UpBlock2D))
    {
        var levels = config.BlockOutChannels.Count;
        var level = levels - 1 - index;
        var output = config.BlockOutChannels[level];
        var previous = config.BlockOutChannels[Math.Min(level + 1, levels - 1)];
        var finer = config.BlockOutChannels[Math.Max(level - 1, 0)];
        var layers = Enumerable.Range(0, config.LayersPerBlock + 1).ToArray();
        _resnets = new ModuleList<ResnetBlock2D>([
            .. layers.Select(i =>
            {
                var skip = i == config.LayersPerBlock ? finer : output;
                return new ResnetBlock2D((i == 0 ? previous : output) + skip, output, config.TimeWidth, config.Norm, placement);
            }),
        ]);
        if (config.UpAttention[index])
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
        if (index < levels - 1)
            _upsamplers = new ModuleList<Upsample2D>(new Upsample2D(output, placement));
        RegisterComponents();
    }

    /// <summary>
    /// Runs the level, taking its skip connections from the end of <paramref name="skips"/>. Returns null once the tap has all it wants.
    /// The input of the last layer is kept in <paramref name="deep"/>.
    /// </summary>
    public Tensor? Forward(Tensor x, Conditioning conditioning, List<Tensor> skips, string name, DeepFeatures? deep = null)
    {
        var tap = conditioning.Tap;
        var h = x;
        for (var i = 0; i < _resnets.Count; i++)
        {
            if (i == _resnets.Count - 1)
                deep?.Keep(h);
            if (conditioning.Recomputes)
            {
                h = Recomputation.Apply(Recomputed(i), h, skips[^1], conditioning.Time, conditioning.Context);
                skips.RemoveAt(skips.Count - 1);
                continue;
            }
            h = cat([h, skips[^1]], 1).Then(map => _resnets[i].call(map, conditioning.Time));
            skips.RemoveAt(skips.Count - 1);
            tap?.Record($"{name}.resnets.{i}", h);
            if (tap?.IsDone == true)
                return null;
            if (_attentions is null)
                continue;
            h = _attentions[i].Forward(h, conditioning.Context, tap, $"{name}.attentions.{i}");
            tap?.Record($"{name}.attentions.{i}", h);
            if (tap?.IsDone == true)
                return null;
        }
        // Sides that are not divisible come back to the size of the next skip connection.
        if (_upsamplers is not null)
            h = _upsamplers[0].call(h, (skips[^1].shape[2], skips[^1].shape[3]));
        tap?.Record(name, h);
        return tap?.IsDone == true ? null : h;
    }

    /// <summary>Runs the last layer of the finest level alone.</summary>
    public Tensor Last(Tensor x, Conditioning conditioning, Tensor skip)
    {
        var h = _resnets[^1].call(cat([x, skip], 1), conditioning.Time);
        return _attentions is null ? h : _attentions[^1].Forward(h, conditioning.Context, null, "");
    }

    // Inputs: map, skip connection, time, context.
    private Func<IReadOnlyList<Tensor>, Tensor> Recomputed(int index) =>
        inputs =>
        {
            using var scope = NewDisposeScope();
            var h = _resnets[index].call(cat([inputs[0], inputs[1]], 1), inputs[2]);
            return (_attentions is null ? h : _attentions[index].Forward(h, inputs[3], null, "")).MoveToOuterDisposeScope();
        };
}
