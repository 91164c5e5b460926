using Lumen.Models.Schedules;
using Lumen.Models.Text;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>A whole pipeline folder from prompt to picture.</summary>
internal sealed class TrajectoryCases : CaseKind
{
    public override bool Fits(ReferenceCase reference) =>
        reference.HasInputs("latents", "prompt_ids", "negative_ids")
        && reference.FolderOf("model") is { } folder
        && File.Exists(System.IO.Path.Combine(folder, "model_index.json"));

    public override void Run(CaseRun run)
    {
        var folder = run.Case.FolderOf("model")!;
        CompareIds(run, Part("tokenizer"));
        var schedule = ModelFolder.Schedule(Part("scheduler"));
        var name = run.Case.Text("scheduler") ?? schedule.Config.ClassName;
        if (!SamplerRegistry.BuiltIn.Names.Contains(name))
        {
            foreach (var output in run.Wanted.Keys)
                run.Unsupported(output, $"there is no {name} here");
            return;
        }
        var sampler = Sampler.Create(name, schedule, (int)run.Case.Number("num_inference_steps", 50));
        run.Compare("timesteps", tensor(sampler.Timesteps.ToArray()));

        using var encoder = ModelFolder.TextEncoder(Part("text_encoder"), run.Placement);
        var context = encoder.call(cat([run.Inputs["negative_ids"], run.Inputs["prompt_ids"]]));
        using var unet = ModelFolder.UNet(Part("unet"), run.Placement);
        using var control = DenoiserInputs.HasCondition(run.Case)
            ? ModelFolder.ControlNet(run.Case.FolderOf("controlnet") ?? Part("controlnet"), run.Placement)
            : null;
        var walk = new GuidedWalk(
            unet,
            control,
            run.Case.Number("controlnet_conditioning_scale", 1),
            run.Case.Number("guidance_scale", 7.5)
        );
        var condition = control is null ? null : DenoiserInputs.Condition(run);
        var latents = walk.Run(
            sampler,
            run.Inputs["latents"],
            context,
            condition,
            (index, prediction, state) =>
            {
                run.Compare($"noise_pred.{index}", prediction);
                run.Compare($"latents.{index}", state);
            }
        );

        using var autoencoder = ModelFolder.Autoencoder(Part("vae"), run.Placement);
        run.Compare("image", (autoencoder.Decode(latents / autoencoder.Config.ScalingFactor) / 2 + 0.5).clamp(0, 1));

        string Part(string part) => System.IO.Path.Combine(folder, part);
    }

    private static void CompareIds(CaseRun run, string folder)
    {
        if (!Directory.Exists(folder))
            return;
        var tokenizer = ClipTokenizer.Load(folder);
        foreach (var (text, ids) in new[] { ("prompt", "prompt_ids"), ("negative_prompt", "negative_ids") })
        {
            if (run.Case.Text(text) is { } prompt)
                run.CompareCount(ids, tokenizer.Encode(prompt).Ids.SequenceEqual(run.Inputs[ids].data<long>().ToArray()) ? 0 : 1);
        }
    }
}
