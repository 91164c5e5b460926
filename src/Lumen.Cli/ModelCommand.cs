using System.CommandLine;

namespace Lumen.Cli;

/// <summary><c>lumen model</c>: look at models, convert them, fetch them.</summary>
internal static class ModelCommand
{
    public static Command Build(Terminal terminal, CancellationToken stop) =>
        new("model", "Models: look at them, convert them, fetch them.")
        {
            ModelInfoCommand.Build(terminal),
            ModelConvertCommand.Build(terminal, stop),
            ModelPullCommand.Build(terminal, stop),
        };
}
