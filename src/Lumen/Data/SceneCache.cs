using System.Text;
using Lumen.Scenes;

namespace Lumen.Data;

/// <summary>The files that street scenes are rendered into: <c>NAME.rgb</c>, <c>NAME.txt</c> with a caption a line, and <c>NAME.labels</c> where labels are asked for. Each goes on where it ended.</summary>
internal static class SceneCache
{
    private const int Chunk = 128;

    public static void Fill(SceneSelection selection, string folder, bool labels, IProgress<int>? progress, CancellationToken stop)
    {
        var pixels = selection.Size * selection.Size;
        var (pictures, captions, labelled) = (PathOf(selection, folder, "rgb"), PathOf(selection, folder, "txt"), PathOf(selection, folder, "labels"));
        var shown = File.Exists(captions) ? Math.Min(Items(pictures, pixels * 3), File.ReadLines(captions).Count()) : 0;
        var known = labels ? Items(labelled, pixels * PackedLabels.BytesPerPixel) : selection.Count;
        var done = Math.Min(shown, known);
        if (done >= selection.Count) return;
        using var writers = new Writers();
        if (shown < selection.Count)
        {
            File.WriteAllLines(captions, shown > 0 ? [.. File.ReadLines(captions).Take(shown)] : []);
            writers.Pictures = Open(pictures, (long)shown * pixels * 3);
            writers.Captions = new StreamWriter(captions, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        if (known < selection.Count) writers.Labels = Open(labelled, (long)known * pixels * PackedLabels.BytesPerPixel);
        var packed = new byte[pixels * PackedLabels.BytesPerPixel];
        for (int start = done, count; start < selection.Count; start += count)
        {
            stop.ThrowIfCancellationRequested();
            count = Math.Min(Chunk, selection.Count - start);
            var scenes = new StreetScene[count];
            Parallel.For(0, count, i => scenes[i] = RenderOne(selection, start + i));
            for (var i = 0; i < count; i++)
            {
                if (start + i >= shown)
                {
                    writers.Pictures!.Write(scenes[i].Rgb);
                    writers.Captions!.WriteLine(scenes[i].Caption);
                }
                if (start + i < known) continue;
                PackedLabels.Pack(SceneLabels.Of(scenes[i]), packed);
                writers.Labels!.Write(packed);
            }
            writers.Flush();
            progress?.Report(start + count);
        }
    }

    public static string PathOf(SceneSelection selection, string folder, string ending) => Path.Combine(folder, $"{selection.Name}.{ending}");

    public static StreetScene RenderOne(SceneSelection selection, int index)
    {
        var seeds = SceneSeeds.For(selection.Split, selection.First + index, selection.Seed);
        return StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), selection.Size, selection.Size);
    }

    private static int Items(string path, int bytes) => File.Exists(path) ? (int)(new FileInfo(path).Length / bytes) : 0;

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

        public StreamWriter? Captions { get; set; }

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
