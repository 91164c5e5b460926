using System.CommandLine;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen.Cli;

/// <summary><c>lumen layout</c>: fit a basis, extract layouts, look at them, edit them.</summary>
internal static class LayoutCommand
{
    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var command = new Command("layout", "Neural layouts: fit a basis, extract layouts, look at them, edit them.")
        {
            LayoutFitCommand.Build(terminal, stop),
            LayoutExtractCommand.Build(terminal, stop),
            LayoutShowCommand.Build(terminal),
        };
        foreach (var edit in LayoutEditCommands.All(terminal))
            command.Subcommands.Add(edit);
        return command;
    }

    public static Option<string?> Basis() =>
        Flag.Text(
            "--basis",
            "DIR",
            "Folder with lumen/basis.safetensors: an adapter, or what lumen layout fit wrote. Default: the folder controlnet of the model.",
            "--adapter"
        );

    /// <summary>The layout of a picture file at the model's native size.</summary>
    public static ExtractedLayout Read(LayoutExtractor reader, string file) => reader.Read(PictureReader.Read(file));

    /// <summary>
    /// Warns where pictures are of a kind that the basis does not know: their layouts leave far more out than those of the fit.
    /// </summary>
    /// <param name="terminal">Where to warn.</param>
    /// <param name="basis">The basis.</param>
    /// <param name="errors">Relative reconstruction error of each picture, by file.</param>
    public static void WarnOfDrift(Terminal terminal, LayoutBasis basis, IReadOnlyList<(string File, double Error)> errors)
    {
        if (BasisDrift.Of(basis, [.. errors.Select(error => error.Error)]) is not { } drift)
            return;
        terminal.Warn(
            $"{drift.Describe(Path.GetFileName(errors[drift.Worst].File))} Their layouts say less than usual; fit a basis to such "
                + "pictures with lumen layout fit."
        );
    }

    /// <summary>The drawn layout without its padding.</summary>
    public static Picture Drawn(ExtractedLayout read, DrawingRange? range = null) =>
        read.Padded.Crop(LayoutDrawing.Rgb(read.Layout, range));
}
