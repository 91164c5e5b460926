using System.CommandLine;
using System.Globalization;
using Lumen.Core.Imaging;
using Lumen.Generation;
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
        foreach (var edit in LayoutEditCommands.All(terminal)) command.Subcommands.Add(edit);
        return command;
    }

    public static Option<string?> Basis() => Flag.Text(
        "--basis", "DIR", "Folder with lumen/basis.safetensors: an adapter, or what lumen layout fit wrote. Default: the folder controlnet of the model.", "--adapter");

    /// <summary>The layout of a picture file at the model's native size.</summary>
    public static LayoutOfPicture Read(LayoutReader reader, string file) => reader.Read(PictureReader.Read(file));

    /// <summary>Warns where pictures are of a kind that the basis does not know: their layouts leave far more out than those of the fit.</summary>
    /// <param name="terminal">Where to warn.</param>
    /// <param name="basis">The basis.</param>
    /// <param name="errors">Relative reconstruction error of each picture, by file.</param>
    public static void WarnOfDrift(Terminal terminal, LayoutBasis basis, IReadOnlyCollection<(string File, double Error)> errors)
    {
        if (errors.Count == 0 || basis.Report?.Residuals is not { } residuals) return;
        var far = errors.Where(error => error.Error > residuals.Limit()).ToArray();
        var average = errors.Average(error => error.Error);
        if (far.Length == 0 && average <= residuals.Limit(errors.Count)) return;
        var (file, worst) = errors.MaxBy(error => error.Error);
        var known = Text($"{residuals.Mean * 100:0.0} % of those it was fitted to ({residuals.Largest * 100:0.0} % at most)");
        var seen = errors.Count == 1
            ? Text($"It leaves out {worst * 100:0.0} % of the features of {Path.GetFileName(file)}, but {known}.")
            : Text($"It leaves out {average * 100:0.0} % of the features of these {errors.Count} pictures on average ({Path.GetFileName(file)}: {worst * 100:0.0} %), but {known}.");
        terminal.Warn($"The basis was fitted to pictures of another kind. {seen} Their layouts say less than usual; fit a basis to such pictures with lumen layout fit.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The drawn layout without its padding.</summary>
    public static Picture Drawn(LayoutOfPicture read, DrawingRange? range = null) => read.Padded.Crop(LayoutDrawing.Rgb(read.Layout, range));
}
