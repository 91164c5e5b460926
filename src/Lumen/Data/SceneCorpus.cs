using System.Text;
using Lumen.Conditions;
using Lumen.Core;
using Lumen.Core.Imaging;
using Lumen.Scenes;
using Microsoft.Win32.SafeHandles;

namespace Lumen.Data;

/// <summary>Street scenes, rendered once into a file of raw pixels and read from there. Rendering goes on where an earlier run was stopped.</summary>
public sealed class SceneCorpus : PictureCorpus
{
    private const int Chunk = 128;
    private readonly SafeFileHandle _pixels;
    private readonly string[] _captions;

    private SceneCorpus(SceneSelection selection, string pixels, string[] captions)
    {
        Selection = selection;
        _captions = captions;
        _pixels = File.OpenHandle(pixels);
    }

    /// <summary>Which scenes these are.</summary>
    public SceneSelection Selection { get; }

    /// <inheritdoc/>
    public override int Count => Selection.Count;

    /// <inheritdoc/>
    public override int Size => Selection.Size;

    /// <inheritdoc/>
    public override string Identity => Selection.Name;

    /// <inheritdoc/>
    public override LabelClasses Classes => new(SceneClasses.Count);

    /// <summary>Opens the scenes in <paramref name="cache"/>, rendering those that are not there yet.</summary>
    /// <param name="selection">Which scenes.</param>
    /// <param name="cache">Folder for the pixels: about 49 KB a picture of 128 x 128.</param>
    /// <param name="progress">Number of pictures that are ready.</param>
    /// <param name="stop">Ends the rendering; what is done stays.</param>
    /// <exception cref="LumenException">The disk has no room, or the folder cannot be written.</exception>
    public static SceneCorpus Open(SceneSelection selection, string cache, IProgress<int>? progress = null, CancellationToken stop = default)
    {
        var (pixels, captions) = (Path.Combine(cache, $"{selection.Name}.rgb"), Path.Combine(cache, $"{selection.Name}.txt"));
        try
        {
            Directory.CreateDirectory(cache);
            Render(selection, pixels, captions, progress, stop);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LumenException($"The scenes cannot be written to {cache}: {error.Message} Free some disk space or choose another folder with --cache-dir.", error);
        }
        return new SceneCorpus(selection, pixels, [.. File.ReadLines(captions).Take(selection.Count)]);
    }

    /// <inheritdoc/>
    public override string Caption(int index) => _captions[index];

    /// <inheritdoc/>
    public override void ReadRgb(int index, Span<byte> rgb)
    {
        var bytes = Size * Size * 3;
        if (RandomAccess.Read(_pixels, rgb[..bytes], (long)index * bytes) != bytes) throw new LumenException($"Scene {index} is missing in the cache of {Identity}: delete it and start again.");
    }

    /// <inheritdoc/>
    /// <remarks>Renders the scene again: annotations are not kept.</remarks>
    public override AnnotatedPicture Annotated(int index)
    {
        var scene = RenderOne(Selection, index);
        return new AnnotatedPicture(new Picture(scene.Width, scene.Height, scene.Rgb)) { Labels = scene.Labels, Depth = scene.Depth, Normals = scene.Normals };
    }

    /// <summary>The seeds of one picture.</summary>
    public SceneSeeds Seeds(int index) => SceneSeeds.For(Selection.Split, Selection.First + index, Selection.Seed);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _pixels.Dispose();
        base.Dispose(disposing);
    }

    private static void Render(SceneSelection selection, string pixels, string captions, IProgress<int>? progress, CancellationToken stop)
    {
        var bytes = selection.Size * selection.Size * 3;
        var done = File.Exists(pixels) && File.Exists(captions) ? (int)Math.Min(new FileInfo(pixels).Length / bytes, File.ReadLines(captions).Count()) : 0;
        if (done >= selection.Count) return;
        var kept = done > 0 ? File.ReadLines(captions).Take(done).ToArray() : [];
        File.WriteAllLines(captions, kept);
        using var pixelFile = new FileStream(pixels, FileMode.OpenOrCreate, FileAccess.Write);
        pixelFile.SetLength((long)done * bytes);
        pixelFile.Position = (long)done * bytes;
        using var captionFile = new StreamWriter(captions, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        while (done < selection.Count)
        {
            stop.ThrowIfCancellationRequested();
            var start = done;
            var scenes = new StreetScene[Math.Min(Chunk, selection.Count - start)];
            Parallel.For(0, scenes.Length, i => scenes[i] = RenderOne(selection, start + i));
            foreach (var scene in scenes)
            {
                pixelFile.Write(scene.Rgb);
                captionFile.WriteLine(scene.Caption);
            }
            pixelFile.Flush();
            captionFile.Flush();
            done += scenes.Length;
            progress?.Report(done);
        }
    }

    private static StreetScene RenderOne(SceneSelection selection, int index)
    {
        var seeds = SceneSeeds.For(selection.Split, selection.First + index, selection.Seed);
        return StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), selection.Size, selection.Size);
    }
}
