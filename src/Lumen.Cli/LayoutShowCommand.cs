using System.CommandLine;
using Lumen.Files;
using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen.Cli;

/// <summary><c>lumen layout show</c>: layouts as pictures for people.</summary>
internal static class LayoutShowCommand
{
    private const int LargestStrip = 32;

    private const string Description = """
        Draw a neural layout: components 1 to 3 as RGB, the single components, and the variance that the basis explains.

        Takes a stored layout (FILE) or a picture (--reference). Writes NAME-layout.png, NAME-components.png and NAME-variance.png.
        """;

    public static Command Build(Terminal terminal)
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "Stored layout (.safetensors), as lumen layout extract wrote it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var reference = Flag.Text("--reference", "FILE", "Picture to extract a layout from, instead of a stored one.");
        var output = Flag.Text("--output-dir", "DIR", "Folder for the drawings. Default: out.");
        var command = new Command("show", Description) { file, reference, output };
        var readers = new ReaderOptions(command);
        command.SetAction(parsed =>
        {
            var (stored, picture, folder) = (parsed.GetValue(file), parsed.GetValue(reference), parsed.GetValue(output) ?? "out");
            if (stored is null == picture is null)
                throw new LumenException("Give either a stored layout FILE or --reference PICTURE.");
            var show = new Drawing(
                terminal,
                folder,
                Path.GetFileNameWithoutExtension(stored ?? picture)!,
                [stored, picture, .. readers.Inputs(parsed)]
            );
            if (stored is not null)
            {
                using var layout = NeuralLayout.Load(stored);
                using var own = BasisOf(layout, readers.Basis(parsed));
                show.Write(layout, LayoutDrawing.Rgb(layout), own);
                if (own is null)
                    terminal.Warn(
                        "No basis was given, so the explained variance is not drawn. Give --basis the folder the layout was made with."
                    );
                return 0;
            }
            var pixels = PictureReader.Read(picture!);
            using var reader = readers.Open(parsed, out var threads);
            using var spread = threads;
            using var read = reader.Read(pixels);
            LayoutCommand.WarnOfDrift(terminal, reader.Basis, [(picture!, read.RelativeError)]);
            show.Write(read.Layout, LayoutCommand.Drawn(read), reader.Basis);
            return 0;
        });
        return command;
    }

    private static LayoutBasis? BasisOf(NeuralLayout layout, string? folder)
    {
        if (folder is null)
            return null;
        var basis = LayoutBasis.Load(folder);
        layout.Require(basis);
        return basis;
    }

    private sealed record Drawing(Terminal Terminal, string Folder, string Name, IReadOnlyList<string?> Inputs)
    {
        public void Write(NeuralLayout layout, Picture rgb, LayoutBasis? basis)
        {
            using var prepared = OutputFolder.Prepare(Folder);
            Write("layout", rgb);
            Write("components", LayoutDrawing.Strip(layout, LargestStrip, basis?.Principal.ExplainedVarianceRatio));
            if (basis is not null)
                Write("variance", VariancePlot.Draw(basis));
        }

        private void Write(string what, Picture picture)
        {
            var path = Path.Combine(Folder, $"{Name}-{what}.png");
            InputGuard.RequireOther(path, Inputs);
            PngWriter.WriteRgb(path, picture);
            Terminal.Note($"wrote    {path}");
        }
    }
}
