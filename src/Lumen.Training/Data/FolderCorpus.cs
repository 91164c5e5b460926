using System.Globalization;
using Lumen.Conditions;
using Microsoft.Win32.SafeHandles;

namespace Lumen.Training.Data;

/// <summary>
/// Pictures of a folder, of any size and aspect, upright, as squares or in the nearest of a few shapes: cut, resized and mirrored once into
/// a file of raw pixels and read from there. All items of one picture are neighbours. Used by one thread at a time.
/// </summary>
internal sealed class FolderCorpus : PictureCorpus
{
    private const string Version = "1"; // of how pixels are made from files
    private readonly FolderSelection _selection;
    private readonly FolderPicture[] _pictures;
    private readonly int[] _places; // in the file of pixels
    private readonly SafeFileHandle _pixels;
    private readonly string _annotations;
    private readonly PictureShape[] _shapes; // of the pictures; empty where all are squares
    private readonly IReadOnlyList<int[]>? _buckets;
    private (int Picture, AnnotatedPicture Whole)? _last;

    private FolderCorpus(
        FolderPictures listed,
        FolderSelection selection,
        IReadOnlyList<FolderPicture> pictures,
        string identity,
        FolderPixels made
    )
    {
        (_selection, Identity, Classes) = (selection, identity, listed.Classes);
        _places = [.. Enumerable.Range(0, pictures.Count).Where(at => !made.Skipped.ContainsKey(at))];
        _pictures = [.. _places.Select(at => pictures[at])];
        Skipped = [.. made.Skipped.Values];
        _annotations = NameHash.Short(_pictures.SelectMany(picture => picture.Annotations).Select(Stamp));
        _pixels = File.OpenHandle(made.File);
        _shapes = selection.Shapes.Count == 0 ? [] : [.. Enumerable.Range(0, _pictures.Length).Select(ReadShape)];
        if (_shapes.Length > 0)
            _buckets = [.. Enumerable.Range(0, Count).GroupBy(ShapeOf).OrderBy(alike => alike.Key.Width).Select(alike => alike.ToArray())];
        Description = string.Create(CultureInfo.InvariantCulture, $"{listed.Name}, part {listed.Split}, {_pictures.Length} pictures");
    }

    /// <inheritdoc/>
    public override int Count => _pictures.Length * _selection.Variants;

    /// <inheritdoc/>
    public override int Size => _selection.Resolution;

    /// <inheritdoc/>
    public override IReadOnlyList<int[]> Buckets => _buckets ?? base.Buckets;

    /// <inheritdoc/>
    public override PictureShape ShapeOf(int index) => _shapes.Length == 0 ? base.ShapeOf(index) : _shapes[index / _selection.Variants];

    /// <summary>Changes when a file is added, taken away, renamed or written again, and with every setting that pixels depend on.</summary>
    public override string Identity { get; }

    /// <inheritdoc/>
    public override string AnnotationIdentity => $"{Identity}-{_annotations}";

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    public override LabelClasses? Classes { get; }

    /// <summary>What is wrong with each picture that was left out.</summary>
    public IReadOnlyList<string> Skipped { get; }

    /// <summary>The training pictures of a folder.</summary>
    /// <param name="listed">The folder.</param>
    /// <param name="cache">Folder for the pixels: about 49 KB an item of 128 x 128.</param>
    /// <param name="progress">Number of pictures that are ready.</param>
    /// <param name="stop">Ends the decoding; what is done stays.</param>
    /// <exception cref="LumenException">A picture cannot be read and none may be left out, or the cache cannot be written.</exception>
    public static FolderCorpus OpenTrain(
        FolderPictures listed,
        string cache,
        IProgress<int>? progress = null,
        CancellationToken stop = default
    ) => Open(listed, listed.Selection, listed.Train, cache, progress, stop);

    /// <summary>The held-out pictures of a folder: the middle of each.</summary>
    /// <inheritdoc cref="OpenTrain"/>
    public static FolderCorpus OpenHeldOut(
        FolderPictures listed,
        string cache,
        IProgress<int>? progress = null,
        CancellationToken stop = default
    ) => Open(listed, listed.Selection.Plain, listed.HeldOut, cache, progress, stop);

    /// <summary>Variants of training pictures, with the crops of these.</summary>
    /// <param name="listed">The folder of the training pictures.</param>
    /// <param name="variants">The variants.</param>
    /// <inheritdoc cref="OpenTrain"/>
    public static FolderCorpus OpenVariants(
        FolderPictures listed,
        VariantPictures variants,
        string cache,
        IProgress<int>? progress = null,
        CancellationToken stop = default
    ) => Open(listed, listed.Selection, variants.Pictures, cache, progress, stop);

    /// <summary>The picture of an item.</summary>
    public FolderPicture PictureOf(int index) => _pictures[index / _selection.Variants];

    /// <inheritdoc/>
    public override string Caption(int index) => _pictures[index / _selection.Variants].Caption;

    /// <inheritdoc/>
    public override string Name(int index) => _pictures[index / _selection.Variants].Name;

    /// <inheritdoc/>
    public override void ReadRgb(int index, Span<byte> rgb)
    {
        var bytes = ShapeOf(index).Area * 3;
        var place = (long)_places[index / _selection.Variants] * _selection.Variants + index % _selection.Variants;
        Read(index, rgb[..bytes], place * FolderPixels.ItemBytes(_selection) + (_shapes.Length > 0 ? FolderPixels.ShapeBytes : 0));
    }

    /// <inheritdoc/>
    /// <remarks>Reads the files again: only pixels are kept.</remarks>
    public override AnnotatedPicture Annotated(int index)
    {
        var whole = Whole(index / _selection.Variants);
        return CropWindow
            .Of(_selection, Name(index), (whole.Picture.Width, whole.Picture.Height), index % _selection.Variants)
            .Cut(whole, ShapeOf(index));
    }

    /// <summary>Some items, spread evenly: neighbours look alike.</summary>
    public override IReadOnlyList<int> Sample(int most) =>
        Count <= most ? base.Sample(most) : [.. Enumerable.Range(0, most).Select(at => (int)((long)at * Count / most))];

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _pixels.Dispose();
        base.Dispose(disposing);
    }

    private static FolderCorpus Open(
        FolderPictures listed,
        FolderSelection selection,
        IReadOnlyList<FolderPicture> pictures,
        string cache,
        IProgress<int>? progress,
        CancellationToken stop
    )
    {
        var identity = IdentityOf(listed, selection, pictures);
        var made = FolderPixels.Make(selection, pictures, (cache, identity), progress, stop);
        if (made.Skipped.Count == pictures.Count)
            throw new LumenException($"None of the {pictures.Count} pictures of {selection.Folder} can be read. {made.Skipped[0]}");
        return new FolderCorpus(listed, selection, pictures, identity, made);
    }

    /// <summary>What the training and the held-out pictures of a folder are called in the cache.</summary>
    internal static (string Train, string HeldOut) Identities(FolderPictures listed) =>
        (IdentityOf(listed, listed.Selection, listed.Train), IdentityOf(listed, listed.Selection.Plain, listed.HeldOut));

    /// <summary>How many pictures of a folder are not in the cache yet.</summary>
    internal static int Missing(FolderPictures listed, VariantPictures variants, string cache) =>
        FolderPixels.Missing(listed.Selection, variants.Pictures.Count, (cache, IdentityOf(listed, variants)));

    /// <inheritdoc cref="Missing(FolderPictures, VariantPictures, string)"/>
    internal static int Missing(FolderPictures listed, string cache)
    {
        var (train, heldOut) = Identities(listed);
        return FolderPixels.Missing(listed.Selection, listed.Train.Count, (cache, train))
            + FolderPixels.Missing(listed.Selection.Plain, listed.HeldOut.Count, (cache, heldOut));
    }

    /// <summary>Bytes that the cache lacks of a folder's pictures.</summary>
    internal static long MissingBytes(FolderPictures listed, string cache)
    {
        var (train, heldOut) = Identities(listed);
        return Of(listed.Selection, listed.Train.Count, train) + Of(listed.Selection.Plain, listed.HeldOut.Count, heldOut);

        long Of(FolderSelection selection, int count, string identity) =>
            FolderPixels.Missing(selection, count, (cache, identity)) * selection.Variants * FolderPixels.ItemBytes(selection);
    }

    /// <summary>What variants of a folder's training pictures are called in the cache.</summary>
    internal static string IdentityOf(FolderPictures listed, VariantPictures variants) =>
        IdentityOf(listed, listed.Selection, variants.Pictures);

    private static string IdentityOf(FolderPictures listed, FolderSelection selection, IReadOnlyList<FolderPicture> pictures)
    {
        var settings = string.Create(
            CultureInfo.InvariantCulture,
            $"{Version} {selection.Resolution} {selection.CropsPerPicture} {selection.CropScale} {selection.HorizontalFlips} "
                + $"{selection.Seed}{string.Concat(selection.Shapes.Select(shape => $" {shape}"))}"
        );
        var name = new string([
            .. listed.Name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '-').Take(40),
        ]);
        return $"folder-{name}-{selection.Resolution}px-" + $"{NameHash.Short([settings, .. pictures.SelectMany(Marks)])}";

        static IEnumerable<string> Marks(FolderPicture picture) =>
            picture.Of is { } of ? [picture.Name, Stamp(picture.Path), .. Marks(of)] : [picture.Name, Stamp(picture.Path)];
    }

    // Shows whether a file was written again without reading it.
    private static string Stamp(string path)
    {
        var file = new FileInfo(path);
        return file.Exists
            ? string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}")
            : $"{file.Name} missing";
    }

    private void Read(int index, Span<byte> bytes, long at)
    {
        if (RandomAccess.Read(_pixels, bytes, at) != bytes.Length)
            throw new LumenException($"{Name(index)} is missing in the cache {Identity}.rgb: delete it and start again.");
    }

    private PictureShape ReadShape(int picture)
    {
        Span<byte> start = stackalloc byte[FolderPixels.ShapeBytes];
        Read(picture * _selection.Variants, start, (long)_places[picture] * _selection.Variants * FolderPixels.ItemBytes(_selection));
        var shape = FolderPixels.ShapeIn(start);
        return _selection.Shapes.Contains(shape)
            ? shape
            : throw new LumenException($"The cache {Identity}.rgb is damaged at {_pictures[picture].Name}: delete it and start again.");
    }

    private AnnotatedPicture Whole(int picture)
    {
        if (_last is { } last && last.Picture == picture)
            return last.Whole;
        var one = _pictures[picture];
        var whole = AnnotationFiles.Read(one.Path, one.Labels, one.Depth, one.Normals, one.DepthSteps, one.LabelColours);
        _last = (picture, whole);
        return whole;
    }
}
