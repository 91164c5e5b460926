using System.CommandLine;
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

    /// <summary>The drawn layout without its padding.</summary>
    public static Picture Drawn(LayoutOfPicture read, DrawingRange? range = null) => read.Padded.Crop(LayoutDrawing.Rgb(read.Layout, range));
}
