using System.CommandLine;
using Lumen.Files;
using Lumen.Imaging;
using Lumen.Training.Data;

namespace Lumen.Cli;

/// <summary><c>lumen layout extract</c>: pictures to stored layouts.</summary>
internal static class LayoutExtractCommand
{
    private const string Extension = ".safetensors";

    private const string Description = """
        Extract the neural layout of a picture, or of every picture in a folder, and store it.

        A stored layout can be shown (lumen layout show) and generated from (lumen generate --layout). It belongs to the basis that made it.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var reference = Flag.Text("--reference", "FILE", "Picture: PNG, JPEG or WebP, any size.");
        var images = Flag.Text(
            "--images",
            "DIR",
            "Folder of pictures, or an imagefolder split with metadata.jsonl, instead of one picture."
        );
        var outside = LinkFlag.Make();
        var output = Flag.Text("--output", "PATH", "File for one picture (.safetensors), folder for many.").Mandatory();
        var command = new Command("extract", Description) { reference, images, outside, output };
        var readers = new ReaderOptions(command);
        command.SetAction(parsed =>
        {
            var (file, folder) = (parsed.GetValue(reference), parsed.GetValue(images));
            if (file is null == folder is null)
                throw new LumenException("Give either --reference PICTURE or --images FOLDER.");
            var target = parsed.GetValue(output)!;
            if (file is not null && !target.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
                throw new LumenException($"--output must be a {Extension} file for one picture but is {target}.");
            var first = file is null ? null : PictureReader.Read(file);
            var files = folder is null ? [file!] : PictureFiles.In(folder, LinkFlag.Of(parsed, outside));
            if (
                files.GroupBy(Path.GetFileNameWithoutExtension, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is
                { } twice
            )
                throw new LumenException(
                    $"{string.Join(" and ", twice.Take(2))} would both be stored as {twice.Key}{Extension}. Rename one of them."
                );
            string?[] inputs = [.. files, .. readers.Inputs(parsed)];
            foreach (var one in files)
                InputGuard.RequireOther(Target(one), inputs);
            using var reader = readers.Open(parsed, out var threads);
            using var spread = threads;
            using var prepared = folder is null ? null : OutputFolder.Prepare(target);
            using var bar = new ProgressBar(terminal, "layouts");
            var errors = new List<(string File, double Error)>();
            for (var index = 0; index < files.Count; index++)
            {
                stop.ThrowIfCancellationRequested();
                using var read = reader.Read(first ?? PictureReader.Read(files[index]));
                read.Layout.Save(Target(files[index]));
                errors.Add((files[index], read.RelativeError));
                bar.Report(index + 1, files.Count);
            }
            LayoutCommand.WarnOfDrift(terminal, reader.Basis, errors);
            terminal.Note($"wrote    {(folder is null ? target : $"{files.Count} layouts to {target}")}");
            return 0;

            string Target(string picture) =>
                folder is null ? target : Path.Combine(target, Path.GetFileNameWithoutExtension(picture) + Extension);
        });
        return command;
    }
}
