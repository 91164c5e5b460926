using Lumen.Core;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>The denoising loop: it yields after every step, so progress, previews and cancelling belong to the caller.</summary>
/// <param name="unet">The denoiser.</param>
/// <param name="control">The adapter, or null.</param>
/// <param name="schedule">The model's noise schedule.</param>
public sealed class DenoisingLoop(UNet2DConditionModel unet, ControlNetModel? control, NoiseSchedule schedule)
{
    /// <summary>Walks from noise, or from half-noised pictures, to latents.</summary>
    /// <param name="start">Noise and, to begin midway, pictures.</param>
    /// <param name="context">Embeddings of the prompts, [B, T, D].</param>
    /// <param name="negative">Embeddings of the negative prompts, [B, T, D].</param>
    /// <param name="condition">The adapter's condition [B, K, H, W], or null without one.</param>
    /// <param name="options">Sampler, steps, guidance, strength.</param>
    /// <exception cref="LumenException">The sampler is unknown or does not fit the model, or values are not finite.</exception>
    public IEnumerable<GenerationStep> Run(DenoisingStart start, Tensor context, Tensor negative, Tensor? condition, GenerationOptions options)
    {
        var sampler = options.NewSampler(schedule);
        var calls = sampler.Calls(start.Latents is null ? 0 : options.FirstStep);
        using var embedded = Embed(condition, options);
        using var contexts = options.GuidanceScale > 1 ? cat([negative, context]) : context.alias();
        var history = StepHistory.Empty;
        var latents = Start(start, sampler, calls[0]);
        try
        {
            for (var call = 0; call < calls.Count; call++)
            {
                var output = Predict(sampler, calls[call], latents, contexts, (ControlsAt(call, calls.Count, options) ? embedded : null, options));
                var (next, after) = Step(sampler, calls[call], (output, latents, history), start);
                latents.Dispose();
                history.Dispose();
                (latents, history) = (next, after);
                yield return new GenerationStep(call + 1, calls.Count, latents.alias().DetachFromDisposeScope());
            }
        }
        finally
        {
            latents.Dispose();   // also where the caller leaves midway
            history.Dispose();
        }
    }

    private static Tensor Start(DenoisingStart start, Sampler sampler, int index)
    {
        using var scope = NewDisposeScope();
        var noise = start.Noise();
        return (start.Latents is { } from ? sampler.AddNoise(from, noise, index) : noise * sampler.InitialNoiseSigma).DetachFromDisposeScope();
    }

    private static bool ControlsAt(int call, int total, GenerationOptions options)
    {
        var fraction = call / (double)total;
        return fraction >= options.ControlStart && fraction < Math.Max(options.ControlEnd, 1.0 / total);
    }

    private static (Tensor Latents, StepHistory History) Step(Sampler sampler, int index, (Tensor Output, Tensor Latents, StepHistory History) at, DenoisingStart start)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var output = at.Output;
        var (next, history) = sampler.Step(output, index, at.Latents, at.History, sampler.UsesNoise(index) ? start.NoiseAt(index) : null);
        return (next.DetachFromDisposeScope(), history);
    }

    private Tensor? Embed(Tensor? condition, GenerationOptions options)
    {
        if (control is null || condition is null || options.Strength == 0) return null;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var embedded = control.Embed(condition);
        return (options.GuidanceScale > 1 ? cat([embedded, embedded]) : embedded).DetachFromDisposeScope();   // the layout goes into both branches
    }

    // The guided output on the processor, [B, C, h, w] float32.
    private Tensor Predict(Sampler sampler, int index, Tensor latents, Tensor contexts, (Tensor? Embedded, GenerationOptions Options) with)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var guided = with.Options.GuidanceScale > 1;
        var scaled = sampler.ScaleInput(latents, index);
        var input = guided ? cat([scaled, scaled]) : scaled;
        var timestep = tensor(new[] { sampler.Timesteps[index] });
        var residuals = with.Embedded is null ? null : control!.ResidualsOf(input, timestep, contexts, with.Embedded, with.Options.Strength);
        var output = unet.Predict(input, timestep, contexts, residuals);                                          // [B or 2B, C, h, w]
        if (guided)
        {
            var halves = output.chunk(2);
            output = halves[0] + with.Options.GuidanceScale * (halves[1] - halves[0]);
        }
        if (!output.isfinite().all().item<bool>())
            throw new LumenException($"The denoiser gave values that are not finite at step {index + 1} of {sampler.Timesteps.Count}. Try --dtype float32 or a lower --guidance-scale.");
        return output.cpu().DetachFromDisposeScope();
    }
}
