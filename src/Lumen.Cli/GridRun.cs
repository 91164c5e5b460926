using System.Globalization;
using Lumen.Core.Native;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Cli;

/// <summary>Runs <c>lumen grid</c>: as many pictures at once as small networks allow, then the sheet.</summary>
internal sealed class GridRun(Terminal terminal, GenerateSettings settings, GridAxes axes, CancellationToken stop)
{
    public int Run()
    {
        var contents = axes
            .Cells.Select(one => one.Cell.Reference)
            .Distinct()
            .ToDictionary(path => path, path => new SteeringContent(path, isPicture: true));
        var pictures = contents.ToDictionary(one => one.Key, one => one.Value.Picture()); // refused before anything is loaded
        using var model = DiffusionModel.Load(settings.Model, settings.Placement, settings.ModelFile, stop);
        using var threads = new ComputeThreads(model);
        foreach (var (_, _, cell) in axes.Cells)
            cell.Options.NewSampler(model.Schedule);
        foreach (var path in axes.Cells.Select(one => PathOf(one.Row, one.Column)).Append(SheetPath))
            InputGuard.RequireOther(path, [.. contents.Keys, settings.Model, settings.Adapter, settings.BackboneWeights]);
        foreach (var prompt in axes.Cells.Select(one => one.Cell.Prompt).Distinct())
            PromptWarnings.OfPrompt(terminal, model, "prompt", prompt);
        foreach (var negative in axes.Cells.Select(one => one.Cell.Options.NegativePrompt).Distinct())
            PromptWarnings.OfPrompt(terminal, model, "negative prompt", negative);
        var most = axes.Cells.MaxBy(one => one.Cell.Options.Components ?? 0).Cell.Options; // refused now, not after the first pictures
        foreach (var reference in contents.Keys)
        {
            using var source = Open(axes.First with { Reference = reference, Options = most });
            source.Warn(terminal);
        }
        using var prepared = OutputFolder.Prepare(settings.Output);
        var rows = axes.Rows.Select(_ => new List<Picture>()).ToArray();
        using (var bar = new ProgressBar(terminal, "pictures"))
        {
            var done = 0;
            foreach (var round in axes.Cells.Chunk(threads.Workers))
            {
                var made = new List<Picture>[round.Length];
                ParallelCalls.Run(round.Length, threads.Workers, index => made[index] = Make(round[index]));
                foreach (var (one, shown) in round.Zip(made))
                    rows[one.Row].AddRange(shown);
                bar.Report(done += round.Length, axes.Rows.Count * axes.Columns.Count);
            }
        }
        var captions = axes.Columns.Select(line => line.Caption);
        PngWriter.WriteRgb(
            SheetPath,
            ContactSheet.Compose(
                rows,
                [.. LeadCaptions(rows[0].Count - axes.Columns.Count), .. captions],
                axes.Rows.Count == 1 || axes.RowsAreReferences ? null : [.. axes.Rows.Select(line => line.Caption)],
                new ContactSheetOptions { CaptionLines = 6 }
            )
        );
        terminal.Note($"wrote    {SheetPath}");
        return 0;

        // A picture, and before the first of a row what leads it.
        List<Picture> Make((int Row, int Column, GridCell Cell) one)
        {
            using var frozen = no_grad();
            using var source = Open(one.Cell);
            var made = source.Generator.GeneratePasses(source.Request, one.Cell.Options, null, stop).First()[0];
            var record = GenerateRun.RecordOf(Of(one.Cell), source, 0, source.Agreement(made));
            PngWriter.WriteRgb(PathOf(one.Row, one.Column), made, record.ToPngText());
            return one.Column == 0 ? [.. Lead(source, pictures[one.Cell.Reference]), made] : [made];
        }

        GenerateSource Open(GridCell cell) => GenerateRun.Open(Of(cell), model, contents[cell.Reference], pictures[cell.Reference]);
    }

    private GenerateSettings Of(GridCell cell) =>
        settings with
        {
            Source = (cell.Reference, null, null),
            Prompt = cell.Prompt,
            Options = cell.Options,
        };

    private string SheetPath => Path.Combine(settings.Output, "grid.png");

    private string PathOf(int row, int column) =>
        Path.Combine(settings.Output, string.Create(CultureInfo.InvariantCulture, $"grid-{row}-{column}.png"));

    // What steered a row stands before it where it has a reference of its own; before a single row its layout stands too.
    private List<Picture> Lead(GenerateSource source, Picture reference)
    {
        var size = (source.Request.Width, source.Request.Height);
        var shown = Resizing.Resize(reference, size.Width, size.Height);
        if (axes.RowsAreReferences)
            return [shown];
        if (axes.Rows.Count > 1)
            return [];
        return source.Request.Layout is { } layout ? [shown, LayoutDrawing.Rgb(layout)] : [shown];
    }

    private static string[] LeadCaptions(int count) => [.. new[] { "reference", "layout" }.Take(count)];
}
