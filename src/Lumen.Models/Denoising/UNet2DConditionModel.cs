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
    /// <param name="deep">Keeps what <see cref="PredictShallow"/> needs; null keeps nothing.</param>
    /// <returns>[B, C, H, W] float32.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public Tensor Predict(
        Tensor sample,
        Tensor timestep,
        Tensor context,
        ControlResiduals? residuals = null,
        ActivationTap? tap = null,
        DeepFeatures? deep = null
    )
    {
        using var scope = NewDisposeScope();
        return (
            Run(sample, timestep, context, residuals, tap, deep)
            ?? throw new InvalidOperationException("The tap ended the pass early: use Features.")
        ).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Predicts from the deep features of a whole pass at a timestep nearby: only the first convolution, the last layer on the way up and
    /// the output are computed. An approximation; at the same timestep and latents it is that pass.
    /// </summary>
    /// <param name="sample">Noisy latents [B, C, H, W], of the shape of the whole pass.</param>
    /// <param name="timestep">[1] or [B], 0...999.</param>
    /// <param name="context">Prompt embedding [B, S, E].</param>
    /// <param name="deep">What the whole pass kept.</param>
    /// <returns>[B, C, H, W] float32.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or there was no whole pass.</exception>
    public Tensor PredictShallow(Tensor sample, Tensor timestep, Tensor context, DeepFeatures deep)
    {
        CheckInputs(sample, timestep, context);
        using var scope = NewDisposeScope();
        var conditioning = Condition(timestep, context, sample.shape[0], null);
        var (input, skip) = deep.For(_convIn.call(Place(sample)));
        return Output(((UpBlock2D)_upBlocks[^1]).Last(input, conditioning, skip)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Runs only as far as <paramref name="tap"/> needs; the collected outputs are detached from every scope and belong to the caller.
    /// </summary>
    public void Features(Tensor sample, Tensor timestep, Tensor context, ActivationTap tap)
    {
        using var scope = NewDisposeScope();
        Run(sample, timestep, context, null, tap, null);
    }

    private Tensor? Run(Tensor sample, Tensor timestep, Tensor context, ControlResiduals? residuals, ActivationTap? tap, DeepFeatures? deep)
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
            var kept = index == _upBlocks.Count - 1 ? deep : null;
            if (((UpBlock2D)_upBlocks[index]).Forward(h, conditioning, skips, $"up_blocks.{index}", kept) is not { } next)
                return null;
            h = next;
        }
        if (residuals is not null)
            deep?.KeepResidual(residuals.Down[0]);
        return Output(h);
    }

    private Tensor Output(Tensor h) => _convOut.call(NormedActivation.Apply(_normOut, h)).to_type(ScalarType.Float32);
}
