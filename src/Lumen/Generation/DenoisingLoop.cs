using Lumen.Core.Tensors;
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
    /// <summary>
    /// How a picture larger than the model is cut; null walks over the whole. With tiles the batch is one picture, and the condition is
    /// theirs.
    /// </summary>
    public DenoisingTiles? Tiles { get; init; }

    /// <summary>Stops before the next call of a network.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Walks from noise, or from half-noised pictures, to latents.</summary>
    /// <param name="start">Noise and, to begin midway, pictures.</param>
    /// <param name="context">Embeddings of the prompts, [B, T, D].</param>
    /// <param name="negative">Embeddings of the negative prompts, [B, T, D].</param>
    /// <param name="condition">The adapter's condition [B, K, H, W], or null without one.</param>
    /// <param name="options">Sampler, steps, guidance, conditioning scale.</param>
    /// <exception cref="LumenException">The sampler is unknown or does not fit the model, or values are not finite.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Stop"/> was signalled.</exception>
    public IEnumerable<DenoisingStep> Run(
        DenoisingStart start,
        Tensor context,
        Tensor negative,
        Tensor? condition,
        GenerationOptions options
    )
    {
        var sampler = options.NewSampler(schedule);
        var calls = sampler.Calls(start.Latents is null ? 0 : options.FirstStep);
        using var embedded = Embed(condition, options);
        using var contexts = Contexts(context, negative, options);
        using var cache = new StepCache(options.CacheInterval);
        using var finite = new FiniteSteps(sampler.Timesteps.Count, ("the U-Net", unet), ("the adapter", control));
        var history = StepHistory.Empty;
        var latents = Start(start, sampler, calls[0]);
        try
        {
            for (var call = 0; call < calls.Count; call++)
            {
                var guidance = StepGuidance.At(options, call, calls.Count);
                cache.Begin(call, guidance);
                var output = Predict(sampler, calls[call], latents, contexts, new Guide(guidance, embedded, options, cache));
                finite.Add(calls[call], output);
                var (next, after) = Step(sampler, calls[call], (output, latents, history), start);
                latents.Dispose();
                history.Dispose();
                (latents, history) = (next, after);
                if (call == calls.Count - 1)
                    finite.Require();
                yield return new DenoisingStep(call + 1, calls.Count, latents.alias().DetachFromDisposeScope());
            }
        }
        finally
        {
            latents.Dispose(); // also where the caller leaves midway
            history.Dispose();
        }
    }

    /// <summary>Walks to the end as <see cref="Run"/> does.</summary>
    /// <param name="start">Noise and, to begin midway, pictures.</param>
    /// <param name="prompts">Embeddings of the prompts and of the negative prompts, [B, T, D] each.</param>
    /// <param name="condition">The adapter's condition [B, K, H, W], or null without one.</param>
    /// <param name="options">Sampler, steps, guidance, conditioning scale.</param>
    /// <param name="each">Called after every step; the latents that it receives live until it returns. Null for nobody.</param>
    /// <returns>Latents [B, C, h, w] float32; the caller disposes them.</returns>
    /// <exception cref="OperationCanceledException"><see cref="Stop"/> was signalled.</exception>
    public Tensor Finish(
        DenoisingStart start,
        (Tensor Context, Tensor Negative) prompts,
        Tensor? condition,
        GenerationOptions options,
        Action<DenoisingStep>? each
    )
    {
        Tensor? latents = null;
        try
        {
            foreach (var step in Run(start, prompts.Context, prompts.Negative, condition, options))
            {
                latents?.Dispose();
                latents = step.Latents;
                each?.Invoke(step);
                Stop.ThrowIfCancellationRequested();
            }
            return latents!;
        }
        catch
        {
            latents?.Dispose();
            throw;
        }
    }

    private Device Device => unet.Placement.Device;

    private Tensor Contexts(Tensor context, Tensor negative, GenerationOptions options)
    {
        using var scope = NewDisposeScope();
        var own = context.to(Device);
        return (options.GuidanceScale > 1 ? cat([negative.to(Device), own]) : own.alias()).DetachFromDisposeScope();
    }

    private Tensor Start(DenoisingStart start, Sampler sampler, int index)
    {
        using var scope = NewDisposeScope();
        var noise = start.Noise().to(Device);
        return (
            start.Latents is { } from ? sampler.AddNoise(from.to(Device), noise, index) : noise * sampler.InitialNoiseSigma
        ).DetachFromDisposeScope();
    }

    private (Tensor Latents, StepHistory History) Step(
        Sampler sampler,
        int index,
        (Tensor Output, Tensor Latents, StepHistory History) at,
        DenoisingStart start
    )
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var output = at.Output;
        var (next, history) = sampler.Step(
            output,
            index,
            at.Latents,
            at.History,
            sampler.UsesNoise(index) ? start.NoiseAt(index).to(Device) : null
        );
        return (next.DetachFromDisposeScope(), history);
    }

    private Tensor? Embed(Tensor? condition, GenerationOptions options)
    {
        if (control is null || condition is null || options.ConditioningScale == 0)
            return null;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        return control.Embed(condition).DetachFromDisposeScope();
    }

    // The guided output, [B, C, h, w] float32.
    private Tensor Predict(Sampler sampler, int index, Tensor latents, Tensor contexts, Guide guide)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (scaled, timestep) = (sampler.ScaleInput(latents, index), tensor(new[] { sampler.Timesteps[index] }));
        if (guide.Options.GuidanceScale > 1 && !guide.Step.Prompts)
            contexts = contexts.narrow(0, contexts.shape[0] / 2, contexts.shape[0] / 2);
        var output = Tiles is null
            ? Guided(scaled, timestep, contexts, guide.Step.Controls ? guide.Embedded : null, guide, 0)
            : Tiled(Tiles, scaled, timestep, contexts, guide);
        return output.DetachFromDisposeScope();
    }

    private Tensor Tiled(DenoisingTiles tiles, Tensor scaled, Tensor timestep, Tensor contexts, Guide guide) =>
        DenoisingTiles
            .Walk(
                tiles.Latents,
                tiles.Batch,
                numbers =>
                {
                    var input = cat([.. numbers.Select(number => tiles.Latents.Crop(scaled, number))]); // [b, C, h, w]
                    using var embedded =
                        guide.Step.Controls && tiles.Condition is not null ? Embed(tiles.Condition(numbers), guide.Options) : null;
                    var own = cat([
                        .. Enumerable
                            .Range(0, (int)contexts.shape[0])
                            .Select(branch => contexts.narrow(0, branch, 1).expand(numbers.Count, -1, -1)),
                    ]);
                    return Guided(input, timestep, own, embedded, guide, numbers[0]);
                },
                _ => tiles.Latents
            )
            .unsqueeze(0);

    // [B, C, h, w] of B pictures or tiles; contexts are [2B, ...] where the prompt guides, the negative ones first.
    private Tensor Guided(Tensor scaled, Tensor timestep, Tensor contexts, Tensor? embedded, Guide guide, int tile)
    {
        var options = guide.Options;
        if (!guide.Step.Prompts)
            return WithLayout(Denoised(scaled, timestep, contexts, embedded, guide, tile), contexts);
        var both = Denoised(
            cat([scaled, scaled]),
            timestep,
            contexts,
            embedded is null ? null : cat([embedded, embedded]), // the layout goes into both branches
            guide,
            tile
        );
        var halves = Pieces.Of(both, 2, 0);
        return WithLayout(halves[0], contexts.narrow(0, 0, scaled.shape[0])) + options.GuidanceScale * (halves[1] - halves[0]);

        // pushed on from what it would be without the layout
        Tensor WithLayout(Tensor output, Tensor context)
        {
            if (embedded is null || options.LayoutGuidanceScale == 1)
                return output;
            var free = Denoised(scaled, timestep, context, null, guide, tile);
            return free + options.LayoutGuidanceScale * (output - free);
        }
    }

    private Tensor Denoised(Tensor input, Tensor timestep, Tensor contexts, Tensor? embedded, Guide guide, int tile)
    {
        Stop.ThrowIfCancellationRequested();
        var deep = guide.Cache.For(tile, embedded is not null);
        if (deep?.IsThere == true)
            return unet.PredictShallow(input, timestep, contexts, deep);
        var residuals = embedded is null
            ? null
            : control!.ResidualsOf(input, timestep, contexts, embedded, guide.Options.ConditioningScale);
        Stop.ThrowIfCancellationRequested(); // the adapter's call was one, the U-Net's is another
        return unet.Predict(input, timestep, contexts, residuals, deep: deep);
    }

    /// <summary>What leads a step, and the features that go from one to the next.</summary>
    private readonly record struct Guide(StepGuidance Step, Tensor? Embedded, GenerationOptions Options, StepCache Cache);
}
