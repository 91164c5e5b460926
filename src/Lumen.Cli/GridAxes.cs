using Lumen.Generation;

namespace Lumen.Cli;

/// <summary>A picture of a grid: whose layout it takes, and how it is made.</summary>
internal sealed record GridCell(string Reference, string Prompt, GenerationOptions Options);

/// <summary>What a row or column stands for.</summary>
/// <param name="Caption">In words.</param>
/// <param name="Set">What it makes of a cell.</param>
internal sealed record GridLine(string Caption, Func<GridCell, GridCell> Set);

/// <summary>The rows and columns of <c>lumen grid</c>.</summary>
internal sealed class GridAxes
{
    private const int MostCells = 1024;

    private static readonly Dictionary<string, string> Shorter = new(StringComparer.Ordinal)
    {
        ["steps"] = "num_inference_steps",
        ["conditioning-scale"] = "controlnet_conditioning_scale",
    };

    // What begins from a picture, and what is off or on, is no axis here.
    private static readonly string[] Others = ["strength", "vae_tiling"];

    private GridAxes(GridCell first, IReadOnlyList<GridLine> rows, IReadOnlyList<GridLine> columns, bool hasReferences) =>
        (First, Rows, Columns, RowsAreReferences) = (first, rows, columns, hasReferences);

    /// <summary>What --vary takes, as flags are spelt.</summary>
    public static IEnumerable<string> Names => GenerationDials.Names.Except(Others).Select(Spelt);

    /// <summary>The cell that the others are changed from.</summary>
    public GridCell First { get; }

    /// <summary>The rows; a single one without a caption where there are only columns.</summary>
    public IReadOnlyList<GridLine> Rows { get; }

    /// <summary>The columns.</summary>
    public IReadOnlyList<GridLine> Columns { get; }

    /// <summary>Whether each row has a reference of its own.</summary>
    public bool RowsAreReferences { get; }

    /// <summary>Cells, row by row.</summary>
    public IEnumerable<(int Row, int Column, GridCell Cell)> Cells =>
        from row in Enumerable.Range(0, Rows.Count)
        from column in Enumerable.Range(0, Columns.Count)
        select (row, column, Columns[column].Set(Rows[row].Set(First)));

    /// <summary>The axes of what was given.</summary>
    /// <param name="references">Paths.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="vary"><c>NAME=A,B</c> each.</param>
    /// <param name="options">What is the same everywhere.</param>
    /// <exception cref="LumenException">Something is missing, there are more than two axes or none, or a value cannot be used.</exception>
    public static GridAxes Of(
        IReadOnlyList<string> references,
        IReadOnlyList<string> prompts,
        IReadOnlyList<string> vary,
        GenerationOptions options
    )
    {
        if (references.Count == 0 || prompts.Count == 0)
            throw new LumenException("A grid needs at least one --reference PICTURE and one --prompt TEXT.");
        List<(string Name, GridLine[] Lines)> axes =
        [
            ("--reference", [.. references.Select(path => new GridLine(Path.GetFileName(path), cell => cell with { Reference = path }))]),
            ("--prompt", [.. prompts.Select(prompt => new GridLine(prompt, cell => cell with { Prompt = prompt }))]),
            .. vary.Select(Varied),
        ];
        if (axes.CountBy(axis => axis.Name).FirstOrDefault(axis => axis.Value > 1).Key is { } twice)
            throw new LumenException($"{twice} is varied twice, so one would undo the other. Let each axis vary something else.");
        var several = axes.Where(axis => axis.Lines.Length > 1).ToArray();
        if (several.Length is 0 or > 2)
            throw new LumenException(
                $"A grid has rows and columns: one or two of --reference, --prompt and --vary with several values, but "
                    + $"{(several.Length == 0 ? "none has" : $"{string.Join(", ", several.Select(axis => axis.Name))} have")}."
            );
        if (several.Aggregate(1, (cells, axis) => cells * axis.Lines.Length) is > MostCells and var many)
            throw new LumenException($"The grid would have {many} pictures; {MostCells} are the most.");
        var first = axes.Where(axis => axis.Lines.Length == 1)
            .Aggregate(new GridCell(references[0], prompts[0], options with { Count = 1 }), (cell, axis) => axis.Lines[0].Set(cell));
        var made = new GridAxes(
            first,
            several.Length == 2 ? several[0].Lines : [new GridLine("", cell => cell)],
            several[^1].Lines,
            hasReferences: several.Length == 2 && several[0].Name == "--reference"
        );
        foreach (var (_, _, cell) in made.Cells)
            cell.Options.Validate();
        return made;
    }

    private static (string Name, GridLine[] Lines) Varied(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var spelt = at < 0 ? text : text[..at].TrimStart('-');
        var name = Shorter.GetValueOrDefault(spelt) ?? spelt.Replace('-', '_');
        string[] values = at < 0 ? [] : text[(at + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (values.Length == 0)
            throw new LumenException($"--vary must be NAME=A,B with a value or more but is \"{text}\".");
        if (Others.Contains(name) || !GenerationDials.Names.Contains(name))
            throw new LumenException($"--vary knows {string.Join(", ", Names)}, but \"{spelt}\" was asked for.");
        return (
            $"--vary {Spelt(name)}",
            [
                .. values.Select(value => new GridLine(
                    GenerationDials.Caption(name, value),
                    cell => cell with { Options = GenerationDials.Set(cell.Options, name, value) }
                )),
            ]
        );
    }

    private static string Spelt(string name) => name.Replace('_', '-');
}
