using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>
/// Short walks of U-Net and ControlNet without text and pictures, as <c>traj_SAMPLER.latents.i</c>: the first sample, its first two
/// contexts as negative and positive prompt, guidance 5. <c>alone.traj_...</c> is every step from upstream's own state before it.
/// </summary>
internal sealed class ShortTrajectoryCases : CaseKind
{
    private const string Prefix = "traj_";
    private const double Guidance = 5;
    private const string Alone = "alone.";

    public override bool Fits(ReferenceCase reference) =>
        DenoiserInputs.Fit(reference)
        && UNetFolder(reference) is not null
        && Directory.Exists(reference.Path("scheduler"))
        && SamplersOf(reference.OutputNames).Any();

    public override void Run(CaseRun run)
    {
        using var unet = ModelFolder.UNet(UNetFolder(run.Case)!, run.Placement);
        using var control = ModelFolder.Find(run.Case, nameof(ControlNetModel), "controlnet", "model") is { } folder
            ? ModelFolder.ControlNet(folder, run.Placement)
            : null;
        var walk = new GuidedWalk(
            unet,
            control,
            run.Case.Number("controlnet_conditioning_scale", 1),
            run.Case.Number("guidance_scale", Guidance)
        );
        var schedule = ModelFolder.Schedule(run.Case.Path("scheduler"));
        foreach (var name in SamplersOf(run.Wanted.Keys).ToArray())
        {
            if (!SamplerRegistry.BuiltIn.Names.Contains(name))
            {
                foreach (var output in run.Wanted.Keys.Where(key => key.StartsWith(Prefix + name, StringComparison.Ordinal)))
                    run.Unsupported(output, $"there is no sampler {name} here");
                continue;
            }
            Walk(run, walk, name, schedule);
        }
    }

    private static void Walk(CaseRun run, GuidedWalk walk, string name, NoiseSchedule schedule)
    {
        var steps = run.Wanted.Keys.Count(key => key.StartsWith($"{Prefix}{name}.latents.", StringComparison.Ordinal));
        var sampler = Sampler.Create(name, schedule, steps);
        run.Compare($"{Prefix}{name}.timesteps", tensor(sampler.Timesteps.ToArray()));
        var condition = walk.Control is null ? null : DenoiserInputs.Condition(run)[..1];
        Follow(walk, "");
        // Rounding grows along a walk; what a step does shows from upstream's own state before it.
        if (name is "ddim" or "euler")
            Follow(walk with { StateBefore = index => run.Wanted[Latents(index - 1)] }, Alone);

        void Follow(GuidedWalk way, string label) =>
            way.Run(
                sampler,
                run.Inputs["sample"][..1],
                run.Inputs["encoder_hidden_states"][..2],
                condition,
                (index, _, latents) => run.Compare(Latents(index), latents, label)
            );

        string Latents(int index) => $"{Prefix}{name}.latents.{index}";
    }

    private static string? UNetFolder(ReferenceCase reference) =>
        ModelFolder.Find(reference, nameof(UNet2DConditionModel), "model", "unet");

    private static IEnumerable<string> SamplersOf(IEnumerable<string> outputs) =>
        outputs
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..name.IndexOf('.', StringComparison.Ordinal)])
            .Distinct()
            .Order(StringComparer.Ordinal);
}
