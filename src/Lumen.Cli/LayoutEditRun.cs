using System.CommandLine;
using Lumen.Files;
using Lumen.Imaging;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Cli;

/// <summary>
/// What all edits of layouts share: they read layouts from files or pictures, and write the result with a drawing of what changed.
/// </summary>
internal sealed class LayoutEditRun
{
    private const string Extension = ".safetensors";
    private readonly Option<string?> _output = Flag.Text(
            "--output",
            "FILE",
            "File for the edited layout (.safetensors). NAME-edit.png beside it shows before and after."
        )
        .Mandatory();
    private readonly ReaderOptions _reader;
    private readonly Terminal _terminal;

    public LayoutEditRun(Terminal terminal, Command command)
    {
        _terminal = terminal;
        command.Options.Add(_output);
        _reader = new ReaderOptions(command);
    }

    /// <summary>A layout to edit.</summary>
    public static Argument<string> Input(string name, string description) =>
        new(name)
        {
            Description = $"{description}: a stored layout (.safetensors, from lumen layout extract) or a picture.",
            Arity = ArgumentArity.ExactlyOne,
        };

    /// <summary>Reads, edits, writes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="files">Pictures or stored layouts, the one that is edited first.</param>
    /// <param name="mask">The mask file, if there is one.</param>
    /// <param name="edit">From the layouts to the result and the mask that was used, if any.</param>
    public int Run(
        ParseResult parsed,
        IReadOnlyList<string> files,
        string? mask,
        Func<IReadOnlyList<NeuralLayout>, (NeuralLayout Result, Tensor? Mask)> edit
    )
    {
        var output = parsed.GetValue(_output)!;
        if (!IsStored(output))
            throw new LumenException($"--output must be a {Extension} file but is {output}.");
        var drawing = Path.ChangeExtension(output, null) + "-edit.png";
        string?[] inputs = [.. files, mask, .. _reader.Inputs(parsed)];
        foreach (var written in new[] { output, drawing })
            InputGuard.RequireOther(written, inputs);
        using var scope = NewDisposeScope();
        var layouts = Read(parsed, files);
        try
        {
            var (result, selected) = edit(layouts);
            using (result)
            {
                result.Save(output);
                PngWriter.WriteRgb(
                    drawing,
                    LayoutComparison.Draw(
                        [.. layouts.Select((layout, index) => (layout, Caption(files[index], index, files.Count)))],
                        result,
                        selected
                    )
                );
                var changed = LayoutComparison.ChangedCells(layouts[0], result);
                if (changed == 0)
                    _terminal.Warn("The edit changes nothing: the result equals the layout that went in.");
                _terminal.Note($"changed  {changed} of {result.Map.shape[1] * result.Map.shape[2]} cells");
                _terminal.Note($"wrote    {output}");
                _terminal.Note($"wrote    {drawing}");
            }
            return 0;
        }
        finally
        {
            foreach (var layout in layouts)
                layout.Dispose();
        }
    }

    // The model is loaded only where a picture has to be read. A second picture is read at the first layout's size.
    private List<NeuralLayout> Read(ParseResult parsed, IReadOnlyList<string> files)
    {
        var pictures = files.Select(file => IsStored(file) ? null : PictureReader.Read(file)).ToArray();
        var stored = files.Select(file => IsStored(file) ? NeuralLayout.Load(file) : null).ToArray();
        if (pictures.All(picture => picture is null))
            return [.. stored.Select(layout => layout!)];
        using var reader = _reader.Open(parsed, out var threads);
        using var spread = threads;
        var layouts = new List<NeuralLayout>();
        var errors = new List<(string File, double Error)>();
        for (var index = 0; index < files.Count; index++)
        {
            if (stored[index] is { } layout)
            {
                layouts.Add(layout);
                continue;
            }
            var read = reader.Read(pictures[index]!, index == 0 ? null : (layouts[0].ImageWidth, layouts[0].ImageHeight));
            layouts.Add(read.Layout);
            errors.Add((files[index], read.RelativeError));
        }
        LayoutCommand.WarnOfDrift(_terminal, reader.Basis, errors);
        return layouts;
    }

    private static bool IsStored(string file) => file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    private static string Caption(string file, int index, int count) =>
        $"{(count == 1 ? "before" : index == 0 ? "before (A)" : "B")}: {Path.GetFileNameWithoutExtension(file)}";
}
