using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Denoising;

/// <summary>
/// The denoiser of Stable Diffusion 1.x and 2.x. State keys and numbers are those of diffusers' <c>UNet2DConditionModel</c> (Rombach et al.
/// 2022).
/// </summary>
public sealed class UNet2DConditionModel : UNetEncoder
{
    [StateKey("up_blocks")]
    private readonly ModuleList<Module> _upBlocks;

    [StateKey("conv_norm_out")]
    private readonly GroupNorm _normOut;

    [StateKey("conv_out")]
    private readonly ConvolutionLayer _convOut;

    public UNet2DConditionModel(UNetConfig config, Placement placement)
        : base(nameof(UNet2DConditionModel), config, placement)
    {
        _upBlocks = new ModuleList<Module>([
            .. config.BlockOutChannels.Select((_, index) => (Module)new UpBlock2D(config, index, placement)),
        ]);
        _normOut = Layer.GroupNorm(config.NormNumGroups, config.BlockOutChannels[0], config.NormEps, placement);
        _convOut = Layer.Conv(config.BlockOutChannels[0], config.OutChannels, 3, placement);
        RegisterComponents();
    }

    /// <summary>Predicts the noise (or velocity, as the scheduler's configuration says).</summary>
    /// <param name="sample">Noisy latents [B, C, H, W].</param>
    /// <param name="timestep">[1] or [B], 0...999.</param>
    /// <param name="context">Prompt embedding [B, S, E].</param>
    /// <param name="residuals">A ControlNet's residuals, added to the skip connections and the middle; null without one.</param>
    /// <param name="tap">Collects intermediate outputs; null collects nothing.</param>
    /// <returns>[B, C, H, W] float32.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public Tensor Predict(Tensor sample, Tensor timestep, Tensor context, ControlResiduals? residuals = null, ActivationTap? tap = null)
    {
        using var scope = NewDisposeScope();
        return (
            Run(sample, timestep, context, residuals, tap)
            ?? throw new InvalidOperationException("The tap ended the pass early: use Features.")
        ).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Runs only as far as <paramref name="tap"/> needs; the collected outputs are detached from every scope and belong to the caller.
    /// </summary>
    public void Features(Tensor sample, Tensor timestep, Tensor context, ActivationTap tap)
    {
        using var scope = NewDisposeScope();
        Run(sample, timestep, context, null, tap);
    }

    private Tensor? Run(Tensor sample, Tensor timestep, Tensor context, ControlResiduals? residuals, ActivationTap? tap)
    {
        CheckInputs(sample, timestep, context);
        var conditioning = Condition(timestep, context, sample.shape[0], tap);
        var skips = new List<Tensor>();
        var h = Encode(_convIn.call(Place(sample)), conditioning, skips);
        if (tap?.IsDone == true)
            return null;
        if (residuals is not null)
        {
            residuals.RequireCount(skips.Count);
            for (var i = 0; i < skips.Count; i++)
                skips[i] = skips[i] + residuals.Down[i];
            h = h + residuals.Mid;
        }
        for (var index = 0; index < _upBlocks.Count; index++)
        {
            if (((UpBlock2D)_upBlocks[index]).Forward(h, conditioning, skips, $"up_blocks.{index}") is not { } next)
                return null;
            h = next;
        }
        return _convOut.call(NormedActivation.Apply(_normOut, h)).to_type(ScalarType.Float32);
    }
}
