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
    /// <summary>Walks from noise to latents.</summary>
    /// <param name="noise">Standard normal, [B, C, h, w] float32.</param>
    /// <param name="context">Embeddings of the prompts, [B, T, D].</param>
    /// <param name="negative">Embeddings of the negative prompts, [B, T, D].</param>
    /// <param name="condition">The adapter's condition [B, K, H, W], or null without one.</param>
    /// <param name="options">Steps, guidance, strength.</param>
    public IEnumerable<GenerationStep> Run(Tensor noise, Tensor context, Tensor negative, Tensor? condition, GenerationOptions options)
    {
        var sampler = Sampler.Create(options.Sampler, schedule, options.Steps);
        var total = sampler.Timesteps.Count;
        using var history = new StepHistory();
        using var embedded = Embed(condition, options);
        using var contexts = options.GuidanceScale > 1 ? cat([negative, context]) : context.alias();
        var latents = Start(noise, sampler);
        try
        {
            for (var index = 0; index < total; index++)
            {
                var next = Step(sampler, index, latents, contexts, embedded, (options, history));
                latents.Dispose();
                latents = next;
                yield return new GenerationStep(index + 1, total, latents.alias().DetachFromDisposeScope());
            }
        }
        finally
        {
            latents.Dispose();   // also where the caller leaves midway
        }
    }

    private static Tensor Start(Tensor noise, Sampler sampler)
    {
        using var scope = NewDisposeScope();
        return (noise.to_type(ScalarType.Float32) * sampler.InitialNoiseSigma).DetachFromDisposeScope();
    }

    private Tensor? Embed(Tensor? condition, GenerationOptions options)
    {
        if (control is null || condition is null || options.Strength == 0) return null;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var embedded = control.Embed(condition);
        return (options.GuidanceScale > 1 ? cat([embedded, embedded]) : embedded).DetachFromDisposeScope();   // the layout goes into both branches
    }

    private Tensor Step(Sampler sampler, int index, Tensor latents, Tensor contexts, Tensor? embedded, (GenerationOptions Options, StepHistory History) run)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var options = run.Options;
        var guided = options.GuidanceScale > 1;
        var scaled = sampler.ScaleInput(latents, index);
        var input = guided ? cat([scaled, scaled]) : scaled;
        var timestep = tensor(new[] { sampler.Timesteps[index] });
        var fraction = index / (double)sampler.Timesteps.Count;
        var controls = embedded is not null && fraction >= options.ControlStart && fraction < Math.Max(options.ControlEnd, 1.0 / sampler.Timesteps.Count);
        var residuals = controls ? control!.ResidualsOf(input, timestep, contexts, embedded!, options.Strength) : null;
        var output = unet.Predict(input, timestep, contexts, residuals);                                          // [B or 2B, C, h, w]
        if (guided)
        {
            var halves = output.chunk(2);
            output = halves[0] + options.GuidanceScale * (halves[1] - halves[0]);
        }
        if (!output.isfinite().all().item<bool>())
            throw new LumenException($"The denoiser gave values that are not finite at step {index + 1} of {sampler.Timesteps.Count}. Try --dtype float32 or a lower --guidance-scale.");
        return sampler.Step(output.cpu(), index, latents, run.History).DetachFromDisposeScope();
    }
}
