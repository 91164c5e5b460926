using Lumen.Conditions;
using Lumen.Imaging;
using Lumen.Scenes;
using Microsoft.Win32.SafeHandles;

namespace Lumen.Training.Data;

/// <summary>
/// Street scenes, rendered once into a file of raw pixels and read from there. Rendering continues where an earlier run was stopped.
/// </summary>
public sealed class SceneCorpus : PictureCorpus
{
    private readonly SafeFileHandle _pixels;
    private readonly SafeFileHandle? _labels;
    private readonly string[] _captions;

    private SceneCorpus(SceneSelection selection, string cache, bool labels)
    {
        Selection = selection;
        _captions = [.. File.ReadLines(SceneCache.PathOf(selection, cache, "txt")).Take(selection.Count)];
        _pixels = File.OpenHandle(SceneCache.PathOf(selection, cache, "rgb"));
        _labels = labels ? File.OpenHandle(SceneCache.PathOf(selection, cache, "labels")) : null;
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
    public static SceneCorpus Open(
        SceneSelection selection,
        string cache,
        IProgress<int>? progress = null,
        CancellationToken stop = default
    ) => Open((selection, cache, Labels: false), progress, stop);

    /// <summary>The same with all labels kept beside the pixels, another 164 KB a picture of 128 x 128.</summary>
    /// <inheritdoc cref="Open(SceneSelection, string, IProgress{int}?, CancellationToken)"/>
    public static SceneCorpus OpenLabelled(
        SceneSelection selection,
        string cache,
        IProgress<int>? progress = null,
        CancellationToken stop = default
    ) => Open((selection, cache, Labels: true), progress, stop);

    /// <inheritdoc/>
    public override string Caption(int index) => _captions[index];

    /// <inheritdoc/>
    public override void ReadRgb(int index, Span<byte> rgb) => Read(_pixels, index, rgb[..(Size * Size * 3)]);

    /// <summary>The packed labels of one scene; see <see cref="PackedLabels"/>.</summary>
    /// <param name="index">The scene.</param>
    /// <param name="packed">H·W·10 bytes.</param>
    /// <exception cref="InvalidOperationException">The corpus was opened without labels.</exception>
    public void ReadLabels(int index, Span<byte> packed) =>
        Read(
            _labels ?? throw new InvalidOperationException($"Open the scenes with {nameof(OpenLabelled)} to read their labels."),
            index,
            packed[..(Size * Size * PackedLabels.BytesPerPixel)]
        );

    /// <summary>One scene with all its labels, in full precision. Renders it again.</summary>
    public LabelledPicture Labelled(int index) => SceneLabels.Of(SceneCache.RenderOne(Selection, index));

    /// <inheritdoc/>
    /// <remarks>Renders the scene again: annotations are not kept.</remarks>
    public override AnnotatedPicture Annotated(int index)
    {
        var scene = SceneCache.RenderOne(Selection, index);
        return new AnnotatedPicture(new Picture(scene.Width, scene.Height, scene.Rgb))
        {
            Labels = scene.Labels,
            Depth = scene.Depth,
            Normals = scene.Normals,
        };
    }

    /// <summary>The seeds of one picture.</summary>
    public SceneSeeds Seeds(int index) => SceneSeeds.For(Selection.Split, Selection.First + index, Selection.Seed);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pixels.Dispose();
            _labels?.Dispose();
        }
        base.Dispose(disposing);
    }

    private static SceneCorpus Open(
        (SceneSelection Selection, string Folder, bool Labels) cache,
        IProgress<int>? progress,
        CancellationToken stop
    )
    {
        try
        {
            Directory.CreateDirectory(cache.Folder);
            SceneCache.Fill(cache.Selection, cache.Folder, cache.Labels, progress, stop);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LumenException(
                $"The scenes cannot be written to {cache.Folder}: {error.Message} Free some disk space or choose another folder "
                    + "with `CacheFolder`.",
                error
            );
        }
        return new SceneCorpus(cache.Selection, cache.Folder, cache.Labels);
    }

    private void Read(SafeFileHandle file, int index, Span<byte> bytes)
    {
        if (RandomAccess.Read(file, bytes, (long)index * bytes.Length) != bytes.Length)
            throw new LumenException($"Scene {index} is missing in the cache of {Identity}: delete it and start again.");
    }
}

/// <summary>A run of street scenes.</summary>
/// <param name="Split">Part of the world; splits never share a layout.</param>
/// <param name="Count">Number of scenes.</param>
/// <param name="Seed">Seed of the data set.</param>
/// <param name="Size">Side in pixels.</param>
/// <param name="First">Index of the first scene.</param>
public sealed record SceneSelection(SceneSplit Split, int Count, ulong Seed = 1, int Size = 128, int First = 0)
{
    /// <summary>How much shows of the weather.</summary>
    public SceneDetail Detail { get; init; }

    /// <summary>
    /// Identifies the scenes; a longer run of the same split and seed begins with the same pictures and shares its cache.
    /// </summary>
    public string Name =>
        $"street-{Split.ToString().ToLowerInvariant()}-seed{Seed}-{Size}px"
        + (Detail == SceneDetail.Plain ? "" : $"-{Detail.ToString().ToLowerInvariant()}")
        + (First > 0 ? $"-from{First}" : "");
}
