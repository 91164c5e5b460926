using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>
/// Sinusoids of the timestep (Vaswani et al. 2017, section 3.5), computed in float32, through two linear layers. Source: diffusers
/// <c>Timesteps</c> and <c>TimestepEmbedding</c>.
/// </summary>
internal sealed class TimeEmbedding : Module<Tensor, Tensor>
{
    [StateKey("linear_1")]
    private readonly Linear _first;

    [StateKey("linear_2")]
    private readonly Linear _second;
    private readonly long _width;
    private readonly bool _cosineFirst;
    private readonly double _shift;
    private readonly Placement _placement;

    public TimeEmbedding(UNetConfig config, Placement placement)
        : base(nameof(TimeEmbedding))
    {
        _width = config.BlockOutChannels[0];
        _cosineFirst = config.FlipSinToCos;
        _shift = config.FreqShift;
        _placement = placement;
        _first = Layer.Linear(_width, config.TimeWidth, placement);
        _second = Layer.Linear(config.TimeWidth, config.TimeWidth, placement);
        RegisterComponents();
    }

    /// <param name="timestep">[B], 0...999.</param>
    /// <returns>[B, 4·C0].</returns>
    public override Tensor forward(Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var half = _width / 2;
        // Multiplied before it is divided, as upstream: another rounding of a frequency, times 999, shows.
        var frequencies = exp(arange(half, ScalarType.Float32, _placement.Device) * -Math.Log(10000) / (half - _shift)); // [C0/2]
        var angles = timestep.to(_placement.Device).to_type(ScalarType.Float32).unsqueeze(1) * frequencies; // [B, C0/2]
        var waves = _cosineFirst ? cat([cos(angles), sin(angles)], 1) : cat([sin(angles), cos(angles)], 1); // [B, C0]
        return _second.call(functional.silu(_first.call(waves.to_type(_placement.Compute)))).MoveToOuterDisposeScope();
    }
}
