using System.CommandLine;
using Lumen.Generation;
using Lumen.Models.Schedules;

namespace Lumen.Cli;

/// <summary><c>lumen generate</c>: a reference picture and a prompt in, pictures with the same layout out.</summary>
internal static class GenerateCommand
{
    private const string Description = """
        Make pictures with the layout of a reference picture and the appearance of a prompt.

        Writes NAME-0.png (and NAME-1.png ...) with all settings inside, and NAME-sheet.png: reference, neural layout and results side by side. NAME is the name of the reference; older files of these names are replaced.

        An ordinary ControlNet (canny, depth ...) works too: give it with --adapter, and what it reads with --condition-image. Adapters that were trained here on edges make them of the --reference themselves.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var defaults = new GenerationOptions();
        var reference = Flag.Text("--reference", "FILE", "Picture whose layout the results take: PNG, JPEG or WebP, any size.");
        var layout = Flag.Text("--layout", "FILE", "A stored neural layout (lumen layout extract) instead of a reference.");
        var condition = Flag.Text(
            "--condition-image",
            "FILE",
            "A picture of edges, depth or the like instead, with --adapter an ordinary ControlNet."
        );
        var prompt = Flag.Text("--prompt", "TEXT", "Appearance of the results in words.").Mandatory();
        var negative = Flag.Text("--negative-prompt", "TEXT", "What the results must not look like.");
        var (model, adapter, weights) = (
            ModelOptions.Model(),
            ModelOptions.Adapter("; with --condition-image an ordinary ControlNet, folder or file"),
            BackboneFlags.BasisWeights()
        );
        var output = Flag.Text("--output-dir", "DIR", "Folder for the results. Default: out.");
        var steps = Flag.Whole("--num-inference-steps", $"Denoising steps. Default: {defaults.Steps}.", "--steps");
        var guidance = Flag.Number(
            "--guidance-scale",
            $"Weight of the prompt, 1 to 50; 1 switches guidance off. Default: {defaults.GuidanceScale}."
        );
        var strength = Flag.Number(
            "--controlnet-conditioning-scale",
            $"Weight of the layout or condition, 0 to 2. Default: {defaults.Strength}.",
            "--conditioning-scale",
            "--strength"
        );
        var start = Flag.Number("--control-guidance-start", "Fraction of the steps at which the layout begins to act, 0 to 1. Default: 0.");
        var end = Flag.Number(
            "--control-guidance-end",
            "Fraction of the steps at which the layout ceases to act, 0 to 1; 0 switches it off. As in diffusers, a step is led where "
                + "all of it lies between start and end. Default: 1."
        );
        var components = Flag.Whole("--components", "Use the first N components of the layout: fewer give more freedom. Default: all.");
        var seed = Flag.Seed("--seed", $"The same seed gives the same pictures. Default: {defaults.Seed}.");
        var count = Flag.Whole("--num-images-per-prompt", "Number of results, each from noise of its own. Default: 1.");
        var width = Flag.Whole(
            "--width",
            "Width of the results in pixels. Default: the reference's proportions at the model's native size."
        );
        var height = Flag.Whole("--height", "Height of the results in pixels.");
        var scheduler = Flag.OneOf(
            "--scheduler",
            "NAME",
            Sampler.Names,
            $"Sampler: {string.Join(", ", Sampler.ShortNames)}, or the name of a diffusers class. Default: the model's own."
        );
        var eta = Flag.Number("--eta", "With ddim: noise added at every step, 0 (none) to 1. Default: 0.");
        var json = Flag.Switch("--json", "Print the result as JSON.");

        var command = new Command("generate", Description)
        {
            reference,
            prompt,
            output,
            negative,
            layout,
            condition,
            model,
            adapter,
            weights,
            steps,
            guidance,
            strength,
            start,
            end,
            components,
            seed,
            count,
            width,
            height,
            scheduler,
            eta,
            json,
        };
        var (place, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
        {
            var folder = ModelOptions.ModelFolder(parsed.GetValue(model));
            var settings = new GenerateSettings
            {
                Source = (parsed.GetValue(reference), parsed.GetValue(layout), parsed.GetValue(condition)),
                Prompt = parsed.GetValue(prompt)!,
                Model = folder,
                ModelFile = single.Of(parsed),
                Adapter = ModelOptions.AdapterFolder(parsed.GetValue(adapter), folder),
                BackboneWeights = ModelOptions.Located(parsed.GetValue(weights)),
                Output = parsed.GetValue(output) ?? "out",
                Components = parsed.GetValue(components),
                Count = parsed.GetValue(count) ?? 1,
                Size = (parsed.GetValue(width), parsed.GetValue(height)),
                Placement = place.Of(parsed),
                IsJson = parsed.GetValue(json),
                Options = new GenerationOptions
                {
                    NegativePrompt = parsed.GetValue(negative) ?? defaults.NegativePrompt,
                    Steps = parsed.GetValue(steps) ?? defaults.Steps,
                    GuidanceScale = parsed.GetValue(guidance) ?? defaults.GuidanceScale,
                    Strength = parsed.GetValue(strength) ?? defaults.Strength,
                    ControlStart = parsed.GetValue(start) ?? defaults.ControlStart,
                    ControlEnd = parsed.GetValue(end) ?? defaults.ControlEnd,
                    Seed = parsed.GetValue(seed) ?? defaults.Seed,
                    Sampler = parsed.GetValue(scheduler),
                    Eta = parsed.GetValue(eta) ?? defaults.Eta,
                },
            };
            return new GenerateRun(terminal, settings, stop).Run();
        });
        return command;
    }
}
