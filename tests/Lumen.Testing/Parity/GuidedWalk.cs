using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>
/// The loop of upstream's StableDiffusion(ControlNet)Pipeline, nothing else: the product's own loop has other duties and its own tests.
/// </summary>
/// <param name="UNet">The denoiser.</param>
/// <param name="Control">The adapter, or null.</param>
/// <param name="Strength">Conditioning scale.</param>
/// <param name="Guidance">Guidance scale g of <c>u + g (c - u)</c>.</param>
internal sealed record GuidedWalk(UNet2DConditionModel UNet, ControlNetModel? Control, double Strength, double Guidance)
{
    /// <summary>
    /// Where given, the state before a step is what this says instead of what the walk has reached: every step alone, for samplers without
    /// a memory.
    /// </summary>
    public Func<int, Tensor>? StateBefore { get; init; }

    /// <summary>Runs every step.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="noise">[1, C, H, W] of unit variance.</param>
    /// <param name="context">Negative then positive prompt, [2, S, E].</param>
    /// <param name="condition">[1, K, H·s, W·s], or null without an adapter.</param>
    /// <param name="observe">Called after each step with its index, the guided prediction and the latents.</param>
    /// <returns>The last latents.</returns>
    public Tensor Run(Sampler sampler, Tensor noise, Tensor context, Tensor? condition, Action<int, Tensor, Tensor> observe)
    {
        var history = StepHistory.Empty;
        using var embedded = Control is null || condition is null ? null : Control.Embed(condition.repeat(2, 1, 1, 1));
        var latents = noise * sampler.InitialNoiseSigma;
        for (var index = 0; index < sampler.Timesteps.Count; index++)
        {
            using var scope = NewDisposeScope();
            if (index > 0 && StateBefore is not null)
                latents = StateBefore(index);
            var input = sampler.ScaleInput(latents, index).repeat(2, 1, 1, 1);
            var timestep = tensor(new[] { sampler.Timesteps[index] });
            var residuals = embedded is null ? null : Control!.ResidualsOf(input, timestep, context, embedded, Strength);
            var halves = UNet.Predict(input, timestep, context, residuals).chunk(2);
            var guided = halves[0] + Guidance * (halves[1] - halves[0]);
            var (next, after) = sampler.Step(guided, index, latents, history);
            history.Dispose();
            observe(index, guided, next);
            (latents, history) = (next.MoveToOuterDisposeScope(), after);
        }
        history.Dispose();
        return latents;
    }
}
