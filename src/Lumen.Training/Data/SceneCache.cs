using System.Text;
using Lumen.Files;
using Lumen.Scenes;

namespace Lumen.Training.Data;

/// <summary>
/// The files that street scenes are rendered into: <c>NAME.rgb</c>, <c>NAME.txt</c> with a caption a line, and <c>NAME.labels</c> where
/// labels are asked for. Each continues where it ended.
/// </summary>
internal static class SceneCache
{
    private const int Chunk = 128;

    public static void Fill(SceneSelection selection, string folder, bool labels, IProgress<int>? progress, CancellationToken stop)
    {
        if (Missing(selection, folder, labels) == 0)
            return;
        // several runs may need the same scenes
        using var alone = FolderLock.Wait(PathOf(selection, folder, "lock"), "rendering of street scenes", stop);
        var pixels = selection.Size * selection.Size;
        var (pictures, captions, labelled) = (
            PathOf(selection, folder, "rgb"),
            PathOf(selection, folder, "txt"),
            PathOf(selection, folder, "labels")
        );
        var lines = LineEnds(captions);
        var (shown, known) = Known(selection, folder, labels, lines.Count);
        var done = Math.Min(shown, known);
        using var writers = new Writers();
        if (shown < selection.Count)
        {
            writers.Pictures = Open(pictures, (long)shown * pixels * 3);
            writers.Captions = Open(captions, shown > 0 ? lines[shown - 1] : 0);
        }
        if (known < selection.Count)
            writers.Labels = Open(labelled, (long)known * pixels * PackedLabels.BytesPerPixel);
        var packed = new byte[pixels * PackedLabels.BytesPerPixel];
        for (int start = done, count; start < selection.Count; start += count)
        {
            stop.ThrowIfCancellationRequested();
            count = Math.Min(Chunk, selection.Count - start);
            var scenes = new StreetScene[count];
            var spoken = new StringBuilder();
            Parallel.For(0, count, i => scenes[i] = RenderOne(selection, start + i));
            for (var i = 0; i < count; i++)
            {
                if (start + i >= shown)
                {
                    writers.Pictures!.Write(scenes[i].Rgb);
                    spoken.Append(scenes[i].Caption).Append('\n');
                }
                if (start + i < known)
                    continue;
                PackedLabels.Pack(SceneLabels.Of(scenes[i]), packed);
                writers.Labels!.Write(packed);
            }
            writers.Captions?.Write(Encoding.UTF8.GetBytes(spoken.ToString()));
            writers.Flush();
            progress?.Report(start + count);
        }
    }

    /// <summary>How many scenes are still to be rendered.</summary>
    public static int Missing(SceneSelection selection, string folder, bool labels)
    {
        var (shown, known) = Known(selection, folder, labels, LineEnds(PathOf(selection, folder, "txt")).Count);
        return Math.Max(0, selection.Count - Math.Min(shown, known));
    }

    public static string PathOf(SceneSelection selection, string folder, string ending) =>
        Path.Combine(folder, $"{selection.Name}.{ending}");

    public static StreetScene RenderOne(SceneSelection selection, int index)
    {
        var seeds = SceneSeeds.For(selection.Split, selection.First + index, selection.Seed);
        return StreetRenderer.Render(
            SceneLayout.FromSeed(seeds.Layout),
            SceneAppearance.FromSeed(seeds.Appearance, selection.Detail),
            selection.Size,
            selection.Size
        );
    }

    private static (int Shown, int Labelled) Known(SceneSelection selection, string folder, bool labels, int captions)
    {
        var pixels = selection.Size * selection.Size;
        return (
            Math.Min(Items(PathOf(selection, folder, "rgb"), pixels * 3), captions),
            labels ? Items(PathOf(selection, folder, "labels"), pixels * PackedLabels.BytesPerPixel) : selection.Count
        );
    }

    private static int Items(string path, int bytes) => File.Exists(path) ? (int)(new FileInfo(path).Length / bytes) : 0;

    // Where each line ends. A line that a full disk or a kill cut short has no end, and does not count.
    private static List<long> LineEnds(string path)
    {
        var ends = new List<long>();
        if (!File.Exists(path))
            return ends;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var (buffer, start) = (new byte[1 << 16], 0L);
        for (int read; (read = file.Read(buffer)) > 0; start += read)
        for (var at = 0; at < read; at++)
            if (buffer[at] == (byte)'\n')
                ends.Add(start + at + 1);
        return ends;
    }

    // What a stop left half-written is cut.
    private static FileStream Open(string path, long length)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        file.SetLength(length);
        file.Position = length;
        return file;
    }

    private sealed class Writers : IDisposable
    {
        public FileStream? Pictures { get; set; }

        public FileStream? Captions { get; set; }

        public FileStream? Labels { get; set; }

        public void Flush()
        {
            Pictures?.Flush();
            Captions?.Flush();
            Labels?.Flush();
        }

        public void Dispose()
        {
            Pictures?.Dispose();
            Captions?.Dispose();
            Labels?.Dispose();
        }
    }
}
