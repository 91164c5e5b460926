using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Layers;

/// <summary>
/// Two normalised 3x3 convolutions with a residual connection; the time embedding is added between them. Source: diffusers
/// <c>ResnetBlock2D</c>
/// (pre-activation, SiLU, output scale 1).
/// </summary>
internal sealed class ResnetBlock2D : Module<Tensor, Tensor?, Tensor>
{
    [StateKey("norm1")]
    private readonly GroupNorm _norm1;

    [StateKey("conv1")]
    private readonly ConvolutionLayer _conv1;

    [StateKey("time_emb_proj")]
    private readonly Linear? _timeProjection;

    [StateKey("norm2")]
    private readonly GroupNorm _norm2;

    [StateKey("conv2")]
    private readonly ConvolutionLayer _conv2;

    [StateKey("conv_shortcut")]
    private readonly ConvolutionLayer? _shortcut;

    /// <param name="input">Channels in.</param>
    /// <param name="output">Channels out; a 1x1 shortcut is made where they differ.</param>
    /// <param name="time">Width of the time embedding; null for the autoencoder, which has none.</param>
    /// <param name="norm">Groups and epsilon of both norms.</param>
    /// <param name="placement">Device and type.</param>
    public ResnetBlock2D(long input, long output, long? time, (long Groups, double Eps) norm, Placement placement)
        : base(nameof(ResnetBlock2D))
    {
        _norm1 = Layer.GroupNorm(norm.Groups, input, norm.Eps, placement);
        _conv1 = Layer.Conv(input, output, 3, placement);
        _timeProjection = time is { } width ? Layer.Linear(width, output, placement) : null;
        _norm2 = Layer.GroupNorm(norm.Groups, output, norm.Eps, placement);
        _conv2 = Layer.Conv(output, output, 3, placement);
        _shortcut = input != output ? Layer.Conv(input, output, 1, placement) : null;
        RegisterComponents();
    }

    /// <param name="x">[B, Cin, H, W].</param>
    /// <param name="time">SiLU of the time embedding, [B, D], or null without one.</param>
    /// <returns>[B, Cout, H, W].</returns>
    public override Tensor forward(Tensor x, Tensor? time)
    {
        using var scope = NewDisposeScope();
        var shift = time is null ? null : _timeProjection?.call(time); // [B, Cout]
        var h = NormedActivation
            .Apply(_norm1, x)
            .Then(_conv1.call)
            .Then(map => NormedActivation.Apply(_norm2, map, shift))
            .Then(_conv2.call);
        var shortcut = _shortcut is null ? x : _shortcut.call(x);
        return (is_grad_enabled() ? h + shortcut : h.add_(shortcut)).MoveToOuterDisposeScope();
    }
}
