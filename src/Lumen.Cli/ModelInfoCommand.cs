using System.CommandLine;
using Lumen.Pretrained;

namespace Lumen.Cli;

/// <summary><c>lumen model info</c>: what a file or folder is.</summary>
internal static class ModelInfoCommand
{
    private const string Description = """
        Say what a file or folder is: family, size, type of the weights, licence as stated, and what is missing.

        Knows diffusers folders, single-file checkpoints, ControlNets, autoencoders, text encoders, vision backbones, LUMEN adapters, bases and layouts. Reads names and shapes only, so it takes a moment whatever the size.
        """;

    public static Command Build(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "File or folder." };
        var json = Flag.Switch("--json", "Print the result as JSON.");
        var command = new Command("info", Description) { path, json };
        var single = ModelFileFlags.AddTo(command);
        command.SetAction(parsed =>
        {
            var report = ModelInspector.Inspect(ModelOptions.Located(parsed.GetValue(path))!, single.Of(parsed));
            terminal.Line(parsed.GetValue(json) ? report.ToJson() : report.ToText().TrimEnd());
            return 0;
        });
        return command;
    }
}
