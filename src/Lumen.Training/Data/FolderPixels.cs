using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Lumen.Files;
using Lumen.Imaging;

namespace Lumen.Training.Data;

/// <summary>
/// Pictures as one file of raw pixels, all items of a picture together; decoding continues where an earlier run was stopped. A picture that
/// cannot be read keeps its place, and is named in a list. Where pictures have several shapes, every item has room for the largest, and
/// begins with its width and height.
/// </summary>
internal sealed class FolderPixels
{
    /// <summary>What an item begins with where pictures have several shapes.</summary>
    public const int ShapeBytes = 2 * sizeof(int);

    private const int Chunk = 32;
    private readonly FolderSelection _selection;
    private readonly IReadOnlyList<FolderPicture> _pictures;
    private readonly string _list;

    private FolderPixels(FolderSelection selection, IReadOnlyList<FolderPicture> pictures, string cache, string identity)
    {
        (_selection, _pictures) = (selection, pictures);
        (File, _list) = (Path.Combine(cache, $"{identity}.rgb"), Path.Combine(cache, $"{identity}.skipped"));
    }

    /// <summary>The file of pixels.</summary>
    public string File { get; }

    /// <summary>Pictures that cannot be read, by number, with the reason.</summary>
    public SortedDictionary<int, string> Skipped { get; } = [];

    /// <summary>How many of so many pictures are not decoded yet.</summary>
    public static int Missing(FolderSelection selection, int count, (string Folder, string Identity) cache)
    {
        var file = new FileInfo(Path.Combine(cache.Folder, $"{cache.Identity}.rgb"));
        return count - (file.Exists ? (int)Math.Min(count, file.Length / (ItemBytes(selection) * selection.Variants)) : 0);
    }

    /// <summary>Pictures that are decoded already.</summary>
    public int Done =>
        System.IO.File.Exists(File)
            ? (int)Math.Min(new FileInfo(File).Length / (ItemBytes(_selection) * _selection.Variants), _pictures.Count)
            : 0;

    /// <summary>Bytes of one item in the file.</summary>
    public static long ItemBytes(FolderSelection selection) =>
        selection.Shapes.Count == 0
            ? 3L * selection.Resolution * selection.Resolution
            : ShapeBytes + 3L * selection.Shapes.Max(shape => shape.Area);

    /// <summary>The shape that an item of several shapes begins with.</summary>
    public static PictureShape ShapeIn(ReadOnlySpan<byte> item) =>
        new(BinaryPrimitives.ReadInt32LittleEndian(item), BinaryPrimitives.ReadInt32LittleEndian(item[sizeof(int)..]));

    /// <summary>Decodes what is missing.</summary>
    /// <exception cref="LumenException">A picture cannot be read and none may be left out, or the cache cannot be written.</exception>
    public static FolderPixels Make(
        FolderSelection selection,
        IReadOnlyList<FolderPicture> pictures,
        (string Folder, string Identity) cache,
        IProgress<int>? progress,
        CancellationToken stop
    )
    {
        var made = new FolderPixels(selection, pictures, cache.Folder, cache.Identity);
        try
        {
            Directory.CreateDirectory(cache.Folder);
            using var alone =
                // several runs may need the same pictures
                made.Done == pictures.Count
                    ? null
                    : FolderLock.Wait(made.File + ".lock", "reading of pictures into the cache", stop);
            made.Decode(progress, stop);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LumenException(
                $"The pictures cannot be written to {cache.Folder}: {error.Message} Free some disk space or choose another folder "
                    + "with `CacheFolder`.",
                error
            );
        }
        return made;
    }

    private void Decode(IProgress<int>? progress, CancellationToken stop)
    {
        var bytes = ItemBytes(_selection) * _selection.Variants;
        var done = Done;
        ReadList(done);
        Refuse();
        if (done == _pictures.Count)
            return;
        using var pixels = new FileStream(File, FileMode.OpenOrCreate, FileAccess.Write);
        pixels.SetLength(done * bytes);
        pixels.Position = done * bytes;
        while (done < _pictures.Count)
        {
            stop.ThrowIfCancellationRequested();
            var (start, count) = (done, Math.Min(Chunk, _pictures.Count - done));
            var decoded = new (byte[]? Pixels, string Fault)[count];
            Parallel.For(0, count, at => decoded[at] = Items(_pictures[start + at]));
            for (var at = 0; at < count; at++)
                if (decoded[at].Pixels is null)
                    Skipped[start + at] = decoded[at].Fault;
            Refuse();
            WriteList(); // before the pixels: the list may know more than the file, never less
            foreach (var one in decoded)
                pixels.Write(one.Pixels ?? new byte[bytes]);
            pixels.Flush();
            done += count;
            progress?.Report(done);
        }
    }

    private (byte[]? Pixels, string Fault) Items(FolderPicture picture)
    {
        try
        {
            var whole = Whole(picture);
            var shape = _selection.ShapeOf(whole.Width, whole.Height);
            var bytes = (int)ItemBytes(_selection);
            var pixels = new byte[bytes * _selection.Variants];
            for (var variant = 0; variant < _selection.Variants; variant++)
            {
                var item = pixels.AsSpan(variant * bytes, bytes);
                if (_selection.Shapes.Count > 0)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(item, shape.Width);
                    BinaryPrimitives.WriteInt32LittleEndian(item[sizeof(int)..], shape.Height);
                    item = item[ShapeBytes..];
                }
                CropWindow
                    .Of(_selection, (picture.Of ?? picture).Name, (whole.Width, whole.Height), variant)
                    .Cut(whole, shape)
                    .Rgb.CopyTo(item);
            }
            return (pixels, "");
        }
        catch (LumenException fault)
        {
            return (null, fault.Message.ReplaceLineEndings(" "));
        }
    }

    private static Picture Whole(FolderPicture picture)
    {
        var own = PictureReader.Read(picture.Path);
        return picture.Of is { } of && PictureReader.ReadSize(of.Path) is var size && size != (own.Width, own.Height)
            ? Resizing.Resize(own, size.Width, size.Height)
            : own;
    }

    private void WriteList()
    {
        if (Skipped.Count > 0)
            AtomicFile.Write(
                _list,
                Encoding.UTF8.GetBytes(
                    string.Concat(Skipped.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}\t{pair.Value}\n")))
                )
            );
    }

    private void ReadList(int done)
    {
        if (!System.IO.File.Exists(_list))
            return;
        foreach (var line in System.IO.File.ReadLines(_list))
            if (
                line.Split('\t', 2) is [var number, var fault]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                && at < done
            )
                Skipped[at] = fault;
    }

    private void Refuse()
    {
        if (Skipped.Count == 0 || _selection.SkipUnreadable)
            return;
        throw new LumenException(
            $"{Skipped.First().Value} To see all that is wrong, run lumen data check {_selection.Folder}; to leave such pictures "
                + "out, set \"skip_unreadable\": true in the recipe's data."
        );
    }
}
