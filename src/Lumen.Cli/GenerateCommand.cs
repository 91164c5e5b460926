using System.CommandLine;

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
        var reference = Flag.Text("--reference", "FILE", "Picture whose layout the results take: PNG, JPEG or WebP, any size.");
        var layout = Flag.Text("--layout", "FILE", "A stored neural layout (lumen layout extract) instead of a reference.");
        var condition = Flag.Text(
            "--condition-image",
            "FILE",
            "A picture of edges, depth or the like instead, with --adapter an ordinary ControlNet."
        );
        var prompt = Flag.Text("--prompt", "TEXT", "Appearance of the results in words.").Mandatory();
        var (model, adapter, weights) = (
            ModelOptions.Model(),
            ModelOptions.Adapter("; with --condition-image an ordinary ControlNet, folder or file"),
            BackboneFlags.BasisWeights()
        );
        var output = Flag.Text("--output-dir", "DIR", "Folder for the results. Default: out.");
        var json = Flag.Switch("--json", "Print the result as JSON.");

        var command = new Command("generate", Description) { reference, prompt, output, layout, condition, model, adapter, weights, json };
        var obedience = new ObedienceFlags();
        foreach (var option in obedience.All)
            command.Options.Add(option);
        var flags = GenerationFlags.All().AddTo(command);
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
                Clip = obedience.Read(parsed).Clip,
                Phrases = obedience.Read(parsed).Phrases,
                Output = parsed.GetValue(output) ?? "out",
                Placement = place.Of(parsed),
                IsJson = parsed.GetValue(json),
                Options = flags.Read(parsed),
            };
            return new GenerateRun(terminal, settings, stop).Run();
        });
        return command;
    }
}
