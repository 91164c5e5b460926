using System.CommandLine;
using Lumen.Generation;

namespace Lumen.Cli;

/// <summary><c>lumen grid</c>: references, prompts and settings against each other, on one sheet.</summary>
internal static class GridCommand
{
    private const string Description = """
        Make a sheet of pictures: several references, prompts or values of a setting against each other.

        What is given more than once makes the rows and columns, two of these at most: references first, then prompts, then --vary. All pictures have the same noise, unless the seed is varied. Writes grid.png and every picture as grid-ROW-COLUMN.png with all its settings inside.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var references = Several("--reference", "FILE", "Picture whose layout the results take; may be given again.");
        var prompts = Several("--prompt", "TEXT", "Appearance of the results in words; may be given again.");
        var vary = Several(
            "--vary",
            "NAME=A,B",
            $"A setting and its values, such as components=1,8,32; may be given again. NAME is one of {string.Join(", ", GridAxes.Names)}."
        );
        var (model, adapter, weights) = (ModelOptions.Model(), ModelOptions.Adapter(), BackboneFlags.BasisWeights());
        var output = Flag.Text("--output-dir", "DIR", "Folder for the results. Default: out.");
        var command = new Command("grid", Description) { references, prompts, vary, output, model, adapter, weights };
        var flags = GenerationFlags
            .Sampling(
                new GenerationOptions(),
                nameof(GenerationOptions.NegativePrompt),
                nameof(GenerationOptions.Components),
                nameof(GenerationOptions.Seed),
                nameof(GenerationOptions.Width),
                nameof(GenerationOptions.Height)
            )
            .AddTo(command);
        var (place, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
        {
            var folder = ModelOptions.ModelFolder(parsed.GetValue(model));
            var axes = GridAxes.Of(
                parsed.GetValue(references) ?? [],
                parsed.GetValue(prompts) ?? [],
                parsed.GetValue(vary) ?? [],
                flags.Read(parsed)
            );
            var settings = new GenerateSettings
            {
                Source = (axes.First.Reference, null, null),
                Prompt = axes.First.Prompt,
                Model = folder,
                ModelFile = single.Of(parsed),
                Adapter = ModelOptions.AdapterFolder(parsed.GetValue(adapter), folder),
                BackboneWeights = ModelOptions.Located(parsed.GetValue(weights)),
                Output = parsed.GetValue(output) ?? "out",
                Placement = place.Of(parsed),
                Options = axes.First.Options,
            };
            return new GridRun(terminal, settings, axes, stop).Run();
        });
        return command;
    }

    private static Option<string[]> Several(string name, string value, string description) =>
        new(name)
        {
            HelpName = value,
            Description = description,
            AllowMultipleArgumentsPerToken = false,
        };
}
