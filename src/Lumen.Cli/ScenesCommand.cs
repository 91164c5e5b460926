using System.Collections.Concurrent;
using System.CommandLine;
using System.Runtime.ExceptionServices;
using Lumen.Core.Processes;
using Lumen.Files;
using Lumen.Imaging;
using Lumen.Scenes;

namespace Lumen.Cli;

/// <summary><c>lumen scenes render</c>: street scenes with exact labels.</summary>
internal static class ScenesCommand
{
    private const int SheetPictures = 24;
    private const int SheetColumns = 6;
    private const int SheetSide = 256;

    private const string Description = """
        Render street scenes as a Hugging Face imagefolder: images, labels, instances, depth, normals, captions.

        The same seed always gives the same scenes; splits never share a layout. A run that was stopped continues where it was. mpirun -np R shares the scenes among R processes. Writes sheet-SPLIT.png with the first pictures as well.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop) =>
        new("scenes", "Street scenes made by the program, with exact labels.") { Render(terminal, stop) };

    private static Command Render(Terminal terminal, CancellationToken stop)
    {
        var count = Flag.Whole("--count", "Number of scenes in the split.").Mandatory();
        var output = Flag.Text("--output-dir", "DIR", "Folder of the data set.").Mandatory();
        var split = Flag.Choice("--split", ["train", "validation", "test"], "Part of the data set. Default: train.");
        var seed = Flag.Seed("--seed", "Seed of the data set. Default: 1.");
        var width = Flag.Whole("--width", "Width in pixels. Default: 128.");
        var height = Flag.Whole("--height", "Height in pixels. Default: 128.");
        var detail = Flag.Choice(
            "--detail",
            ["plain", "rich"],
            "Rich: white roads in snow, puddles in rain, longer captions. Default: plain."
        );
        var command = new Command("render", Description) { count, output, split, seed, width, height, detail };
        command.SetAction(parsed =>
        {
            var options = new SceneDatasetOptions
            {
                Folder = parsed.GetValue(output)!,
                Count = parsed.GetValue(count)!.Value,
                Split = Enum.Parse<SceneSplit>(parsed.GetValue(split) ?? "train", ignoreCase: true),
                Seed = parsed.GetValue(seed) ?? 1,
                Width = parsed.GetValue(width) ?? 128,
                Height = parsed.GetValue(height) ?? 128,
                Detail = DetailFlag.Of(parsed, detail),
                Threads = Environment.ProcessorCount,
            };
            Check(options);
            return Job.Together(terminal, "lumen scenes render", processes => Write(terminal, options, processes, stop));
        });
        return command;
    }

    private static void Check(SceneDatasetOptions options)
    {
        var largest = StreetRenderer.LargestSide;
        if (options.Count < 1)
            throw new LumenException($"--count must be 1 or more but is {options.Count}.");
        if (options.Width < 1 || options.Width > largest || options.Height < 1 || options.Height > largest)
            throw new LumenException($"--width and --height must be 1 to {largest} but are {options.Width} and {options.Height}.");
    }

    private static int Write(Terminal terminal, SceneDatasetOptions options, ICommunicator processes, CancellationToken stop)
    {
        if (processes.Size > 1)
            options = options with { Sharing = SharingOf(processes, options.Threads) };
        using var prepared = processes.Rank == 0 ? OutputFolder.Prepare(options.Folder) : null;
        using (var bar = new ProgressBar(terminal, "scenes"))
            SceneDataset.Write(options, new Report(bar), stop);
        if (processes.Rank > 0)
            return 0;
        var split = options.Split.ToString().ToLowerInvariant();
        var folder = Path.Combine(options.Folder, split);
        var pictures = Enumerable
            .Range(0, Math.Min(SheetPictures, options.Count))
            .Select(index => Resizing.Fit(PictureReader.Read(Path.Combine(folder, "images", $"{index:D6}.png")), SheetSide));
        var sheet = Path.Combine(options.Folder, $"sheet-{split}.png");
        PngWriter.WriteRgb(sheet, ContactSheet.Compose([.. pictures.Chunk(SheetColumns)]));
        terminal.Note($"wrote    {options.Count} scenes of {options.Width} x {options.Height} to {folder}");
        terminal.Note($"wrote    {sheet}");
        return 0;
    }

    // Each process has as many threads as it has cores; they claim scenes one by one.
    private static SceneSharing SharingOf(ICommunicator processes, int threads) =>
        new(
            processes.Size,
            processes.Rank == 0,
            (count, make) =>
            {
                var made = new ConcurrentDictionary<int, byte[]>();
                var claims = Partitioner.Create(processes.Claim(count), EnumerablePartitionerOptions.NoBuffering);
                try
                {
                    Parallel.ForEach(claims, new ParallelOptions { MaxDegreeOfParallelism = threads }, piece => made[piece] = make(piece));
                }
                catch (AggregateException faults)
                {
                    ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
                }
                var all = new byte[count][];
                foreach (var part in processes.Gather(Packed(made)))
                foreach (var (piece, line) in Unpacked(part))
                    all[piece] = line;
                return all;
            },
            own => BitConverter.ToInt32(processes.Gather(BitConverter.GetBytes(own))[0])
        );

    // Number, length and bytes of each.
    private static byte[] Packed(ConcurrentDictionary<int, byte[]> lines)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var (piece, line) in lines)
        {
            writer.Write(piece);
            writer.Write(line.Length);
            writer.Write(line);
        }
        writer.Flush();
        return stream.ToArray();
    }

    private static IEnumerable<(int Piece, byte[] Line)> Unpacked(byte[] packed)
    {
        using var reader = new BinaryReader(new MemoryStream(packed));
        while (reader.BaseStream.Position < packed.Length)
            yield return (reader.ReadInt32(), reader.ReadBytes(reader.ReadInt32()));
    }

    private sealed class Report(ProgressBar bar) : IProgress<SceneDatasetProgress>
    {
        void IProgress<SceneDatasetProgress>.Report(SceneDatasetProgress value) => bar.Report(value.Written, value.Total);
    }
}
