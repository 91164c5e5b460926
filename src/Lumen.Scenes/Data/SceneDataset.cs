using Lumen.Files;
using Lumen.Imaging;

namespace Lumen.Scenes;

/// <summary>
/// Writes scenes as a Hugging Face imagefolder: <c>train</c>, <c>validation</c> or <c>test</c> with <c>metadata.jsonl</c> and, in it by
/// name, <c>images/</c> (RGB), <c>labels/</c> (8-bit class ids),
/// <c>instances/</c> (16-bit ids), <c>depth/</c> (16-bit millimetres; 65535 is 65.535 m or farther, the sky included) and <c>normals/</c>
/// (8-bit RGB (n + 1) / 2, axes as in
/// <see cref="StreetScene.Normals"/>). <c>classes.json</c> names the ids.
/// </summary>
/// <remarks>
/// A run that was stopped continues where it was: finished lines wait in <c>metadata.jsonl.partial</c>, which becomes <c>metadata.jsonl</c>
/// at the end. Asking for more scenes extends a finished split.
/// </remarks>
public static class SceneDataset
{
    private const string Finished = "metadata.jsonl",
        Unfinished = "metadata.jsonl.partial";
    private const int Batch = 64; // scenes between two appends to the metadata

    /// <summary>Writes a split, or what is missing of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="LumenException">The folder cannot be written, or holds scenes of another seed or size, or is being written by
    /// another process.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was set; what is written stays and the next run continues from
    /// there.</exception>
    public static void Write(
        SceneDatasetOptions options,
        IProgress<SceneDatasetProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        string folder = Path.Combine(options.Folder, SceneRecord.Name(options.Split));
        string finished = Path.Combine(folder, Finished),
            unfinished = Path.Combine(folder, Unfinished);
        // other splits may be written beside it
        bool writes = options.Sharing is not { Writes: false };
        using var owned = writes ? FolderLock.Take(folder, $"lumen scenes render, split {SceneRecord.Name(options.Split)}") : null;
        if (writes)
        {
            AtomicFile.Write(Path.Combine(options.Folder, "classes.json"), SceneRecord.Classes());
        }

        int done = writes ? Guard(folder, () => Resume(options, finished, unfinished)) : 0;
        done = options.Sharing?.Agree(done) ?? done;
        int batch = Batch * (options.Sharing?.Processes ?? 1);
        progress?.Report(new SceneDatasetProgress(Math.Min(done, options.Count), options.Count));
        if (done >= options.Count)
        {
            return;
        }

        while (done < options.Count)
        {
            int count = Math.Min(batch, options.Count - done),
                first = done;
            byte[][] lines = Render(options, folder, (first, count), stop);
            if (writes)
            {
                Guard(folder, () => Append(unfinished, lines));
            }

            done += count;
            progress?.Report(new SceneDatasetProgress(done, options.Count));
        }

        if (!writes)
        {
            return;
        }

        Guard(
            folder,
            () =>
            {
                File.Move(unfinished, finished, overwrite: true);
                return done;
            }
        );
    }

    private static void Check(SceneDatasetOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Folder))
        {
            throw new ArgumentException("The folder of a data set must have a name.", nameof(options));
        }

        Require.Defined(options.Split);
        Require.Defined(options.Files);
        Require.Size(options.Width, options.Height, StreetRenderer.LargestSide);
        if (options.Count < 1 || options.Threads < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                $"Count and Threads must be 1 or more but are {options.Count} and {options.Threads}."
            );
        }
    }

    private static byte[][] Render(SceneDatasetOptions options, string folder, (int First, int Count) batch, CancellationToken stop)
    {
        if (options.Sharing is { } sharing)
        {
            return sharing.Share(batch.Count, Piece);
        }

        var lines = new byte[batch.Count][];
        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = stop };
            Parallel.For(0, lines.Length, parallel, i => lines[i] = WriteOne(options, folder, batch.First + i));
        }
        catch (AggregateException faults) when (faults.InnerExceptions.OfType<LumenException>().FirstOrDefault() is { } fault)
        {
            throw new LumenException(fault.Message, faults);
        }

        return lines;

        byte[] Piece(int index)
        {
            stop.ThrowIfCancellationRequested();
            return WriteOne(options, folder, batch.First + index);
        }
    }

    private static byte[] WriteOne(SceneDatasetOptions options, string folder, int index)
    {
        var seeds = SceneSeeds.For(options.Split, index, options.Seed);
        var scene = StreetRenderer.Render(
            SceneLayout.FromSeed(seeds.Layout),
            SceneAppearance.FromSeed(seeds.Appearance, options.Detail),
            options.Width,
            options.Height
        );
        var record = new SceneRecord(index, seeds, options);
        string In(string kind) => Path.Combine(folder, record.File(kind));
        (int width, int height) = (options.Width, options.Height);
        PngWriter.WriteRgb(In("images"), new Picture(width, height, scene.Rgb));
        if (options.Files == SceneFiles.PicturesAndAnnotations)
        {
            PngWriter.WriteGray8(In("labels"), width, height, scene.Labels);
            PngWriter.WriteGray16(In("instances"), width, height, scene.Instances);
            PngWriter.WriteGray16(In("depth"), width, height, Millimetres(scene.Depth));
            PngWriter.WriteRgb(In("normals"), new Picture(width, height, Bytes(scene.Normals)));
        }

        return record.Line(scene);
    }

    private static ushort[] Millimetres(ReadOnlySpan<float> metres)
    {
        var values = new ushort[metres.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (ushort)Math.Min((metres[i] * 1000.0) + 0.5, ushort.MaxValue);
        }

        return values;
    }

    private static byte[] Bytes(ReadOnlySpan<float> normals)
    {
        var values = new byte[normals.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (byte)Math.Clamp(((normals[i] + 1) * 127.5f) + 0.5f, 0, 255);
        }

        return values;
    }

    /// <summary>Number of finished scenes. Cuts a line that a crash left half written.</summary>
    private static int Resume(SceneDatasetOptions options, string finished, string unfinished)
    {
        bool isFinished = File.Exists(finished);
        string path = isFinished ? finished : unfinished;
        if (!File.Exists(path))
        {
            return 0;
        }

        byte[] content = File.ReadAllBytes(path);
        int lines = 0,
            end = 0;
        for (int next; (next = Array.IndexOf(content, (byte)'\n', end)) >= 0; end = next + 1, lines++)
        {
            var record = new SceneRecord(lines, SceneSeeds.For(options.Split, lines, options.Seed), options);
            if (!record.Fits(content.AsSpan(end, next - end)))
            {
                throw new LumenException(
                    $"{path} holds scenes of another seed, size, detail or kind of files than asked for (line {lines + 1}). Choose another "
                        + "folder, or delete it to start again."
                );
            }
        }

        if (end < content.Length)
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
            RandomAccess.SetLength(file, end);
        }

        if (isFinished && lines < options.Count)
        {
            File.Move(finished, unfinished, overwrite: true);
        }

        return lines;
    }

    private static int Append(string path, byte[][] lines)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write);
        foreach (byte[] line in lines)
        {
            file.Write(line);
        }

        return lines.Length;
    }

    private static int Guard(string folder, Func<int> act)
    {
        try
        {
            return act();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LumenException(
                $"Cannot write the data set in {folder}: {fault.Message} Choose a folder that may be written, on a disk with free space.",
                fault
            );
        }
    }
}
