using System.CommandLine;
using Lumen.Augmentation;
using Lumen.Captioning;
using Lumen.Datasets;
using Lumen.Imaging;

namespace Lumen.Cli;

/// <summary><c>lumen caption</c>: captions for pictures that have none.</summary>
internal static class CaptionCommand
{
    private const int Shown = 8; // examples on the terminal
    private const int NamedFaults = 20;
    private const int SheetPictures = 24,
        SheetColumns = 4,
        SheetSide = 256;

    private const string Description = """
        Write captions for the pictures of a folder that have none: phrases of a file, chosen by a CLIP of yours without training, the classes of label maps, or both.

        A plain folder and an imagefolder get them in metadata.jsonl, any other data set in a text file beside each picture. Captions that are there are never changed. See docs/captions.md for the file of phrases.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var images = Flag.Text("--images", "DIR", "Folder of pictures, or a data set.", "--dataset").Mandatory();
        var clip = Flag.Text("--clip", "DIR", "A whole CLIP in the layout of transformers: config.json, weights, vocab.json, merges.txt.");
        var phrases = Flag.Text("--phrases", "FILE", "TOML file with a table of phrases for each question.");
        var classes = Flag.Switch("--from-classes", "Name the largest classes of each label map: {classes} in the template.");
        var template = Flag.Text(
            "--template",
            "TEXT",
            "The caption, with names of groups in braces. Default: the file's, or one after another."
        );
        var none = Flag.Text("--none", "TEXT", "What a group says where no phrase stands out. Default: the file's, or nothing.");
        var threshold = Flag.Number("--threshold", "Share from which a phrase stands out, 0 to 1. Default: the file's, or 0.5.");
        var sheet = Flag.Text("--sheet", "FILE", "Also draw the first pictures with their captions (.png).");
        var dry = Flag.Switch("--dry-run", "Say what would be written, and write nothing.");
        var dataset = new DatasetFlags();
        var command = new Command("caption", Description) { images, clip, phrases, classes, template, none, threshold, sheet, dry };
        foreach (var option in dataset.All)
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var (clipPath, phrasePath) = (parsed.GetValue(clip), parsed.GetValue(phrases));
            if (clipPath is null != phrasePath is null)
                throw new LumenException("--clip and --phrases go together: CLIP chooses among the phrases.");
            if (parsed.GetValue(sheet) is { } target && !target.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
                throw new LumenException($"--sheet must be a .png file but is {target}.");
            if (parsed.GetValue(threshold) is { } share && share is not (>= 0 and <= 1))
                throw new LumenException($"--threshold must be 0 to 1 but is {share}.");
            var folder = DatasetFormats.OpenPictures(parsed.GetValue(images)!, options: dataset.Read(parsed));
            var book = phrasePath is null ? null : With(PhraseBookFile.Read(phrasePath), parsed.GetValue(none), parsed.GetValue(threshold));
            using var network = clipPath is null ? null : ClipModel.Open(clipPath);
            var captioning = new FolderCaptioning(
                network,
                book,
                new FolderCaptioningOptions { FromClasses = parsed.GetValue(classes), Template = parsed.GetValue(template) }
            );
            return Run(terminal, (folder, captioning), (parsed.GetValue(sheet), parsed.GetValue(dry)), stop);
        });
        return command;
    }

    private static int Run(
        Terminal terminal,
        (Dataset Folder, FolderCaptioning Captioning) work,
        (string? Sheet, bool Dry) output,
        CancellationToken stop
    )
    {
        var folder = work.Folder;
        var (all, todo) = (folder.Items().Count(item => !item.IsGenerated), FolderCaptioning.Uncaptioned(folder).Count());
        terminal.Note($"pictures {all} in {folder.Root}, {all - todo} of them with a caption");
        if (folder.Unlisted().ToList() is { Count: > 0 } unlisted)
            terminal.Warn(
                $"{unlisted.Count} {(unlisted.Count == 1 ? "picture is" : "pictures are")} not in {string.Join(", ", folder.Lists())}, the "
                    + $"first: {unlisted[0]}. What is not listed is no part of the data set and gets no caption; add a line "
                    + "{\"file_name\": ...} for each that is to count."
            );
        List<CaptionedPicture> made = [];
        if (todo > 0)
            using (var bar = new ProgressBar(terminal, "captions"))
                made.AddRange(work.Captioning.Of(folder, new Report(bar, todo), stop));
        var faults = made.Where(one => one.Fault is not null).ToList();
        made.RemoveAll(one => one.Fault is not null);
        foreach (var one in made.Take(Shown))
            terminal.Line($"         {VisibleText.OneLine(one.Picture)}: {VisibleText.OneLine(Said(one))}");
        if (output.Sheet is { } sheet && made.Count > 0)
            Draw(folder, made, sheet, terminal);
        var silent = made.Count(one => one.Caption.Length == 0);
        if (silent > 0)
            terminal.Note($"silent   {silent} pictures of which nothing stands out stay without a caption");
        var texts = made.Where(one => one.Caption.Length > 0).ToDictionary(one => one.Picture, one => one.Caption, StringComparer.Ordinal);
        if (output.Dry)
        {
            terminal.Line($"would write {texts.Count} captions: {CaptionFiles.Place(folder)}");
            return Told(faults, terminal);
        }
        var written = CaptionFiles.Write(folder, texts);
        terminal.Line(
            written == 0 ? "wrote    nothing: no picture is to get a caption" : $"wrote    {written} captions: {CaptionFiles.Place(folder)}"
        );
        return Told(faults, terminal);
    }

    // At the end, where they are seen; the captions of the others are kept.
    private static int Told(List<CaptionedPicture> faults, Terminal terminal)
    {
        if (faults.Count == 0)
            return 0;
        foreach (var one in faults.Take(NamedFaults))
            terminal.Note($"unread   {VisibleText.OneLine(one.Picture)}: {VisibleText.OneLine(one.Fault!)}");
        if (faults.Count > NamedFaults)
            terminal.Note($"unread   and {faults.Count - NamedFaults} more");
        terminal.Fail(
            $"{faults.Count} of the pictures or their label maps cannot be read, the first: {VisibleText.OneLine(faults[0].Fault!)} The "
                + "others are done. Mend or remove these and run the same command again; captions that are there stay."
        );
        return 2;
    }

    private static string Said(CaptionedPicture one) => one.Caption.Length > 0 ? one.Caption : "(nothing stands out)";

    private static PhraseBook With(PhraseBook book, string? none, double? threshold) =>
        book with
        {
            Groups = [.. book.Groups.Select(group => group with { None = none ?? group.None, Threshold = threshold ?? group.Threshold })],
        };

    private static void Draw(Dataset folder, List<CaptionedPicture> made, string path, Terminal terminal)
    {
        var rows = made.Take(SheetPictures)
            .Chunk(SheetColumns)
            .Select(row =>
                (IReadOnlyList<Picture>)
                    [
                        .. row.Select(one =>
                            ContactSheet.Compose(
                                [
                                    [Resizing.Fit(PictureReader.Read(folder.FullPath(one.Picture)), SheetSide)],
                                ],
                                [Said(one)],
                                options: new ContactSheetOptions { CaptionSize = 12 }
                            )
                        ),
                    ]
            );
        PngWriter.WriteRgb(path, ContactSheet.Compose([.. rows]));
        terminal.Note($"wrote    {path}");
    }

    private sealed class Report(ProgressBar bar, int total) : IProgress<long>
    {
        void IProgress<long>.Report(long value) => bar.Report((int)value, total);
    }
}
