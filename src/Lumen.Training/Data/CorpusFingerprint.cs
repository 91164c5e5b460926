using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Lumen.Training.Data;

/// <summary>
/// What training pictures are, in a few letters: their number and a hash over names, contents and captions, in order. Where a folder lies
/// and when its files were written does not matter. Files of up to a mebibyte count as a whole, larger ones by their length, beginning and
/// end.
/// </summary>
internal static class CorpusFingerprint
{
    private const int WholeBytes = 1 << 20,
        EndBytes = 1 << 19,
        Scenes = 4;

    /// <summary>Pictures of a folder.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="annotations">Whether their label files count, too.</param>
    /// <param name="stop">Ends the reading.</param>
    public static string Of(IReadOnlyList<FolderPicture> pictures, bool annotations, CancellationToken stop = default)
    {
        var hashes = new byte[pictures.Count][];
        Parallel.For(
            0,
            pictures.Count,
            new ParallelOptions { CancellationToken = stop },
            at => hashes[at] = HashOf(pictures[at], annotations)
        );
        return Words(pictures.Count, "picture", hashes);
    }

    /// <summary>Street scenes: which, and what the renderer makes of some of them.</summary>
    public static string Of(SceneSelection selection)
    {
        var hashes = Enumerable
            .Range(0, Math.Min(Scenes, selection.Count))
            .Select(at =>
            {
                var scene = SceneCache.RenderOne(selection, at);
                return SHA256.HashData([.. scene.Rgb, .. scene.Labels, .. Encoding.UTF8.GetBytes(scene.Caption)]);
            });
        return Words(selection.Count, "scene", hashes.Prepend(Encoding.UTF8.GetBytes(selection.Name)));
    }

    /// <summary>Captions, in order.</summary>
    public static string OfCaptions(PictureCorpus corpus) =>
        Words(
            corpus.Count,
            "caption",
            Enumerable.Range(0, corpus.Count).Select(at => SHA256.HashData(Encoding.UTF8.GetBytes(corpus.Caption(at))))
        );

    /// <summary>A number of things and the beginning of a hash over them.</summary>
    public static string Words(int count, string what, IEnumerable<byte[]> hashes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var one in hashes)
            hash.AppendData(one);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{count} {what}{(count == 1 ? "" : "s")}, hash {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}"
        );
    }

    private static SafeFileHandle? Opened(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static byte[] HashOf(FolderPicture picture, bool annotations)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Text(picture.Name);
        Text(picture.Caption);
        Content(picture.Path);
        if (annotations)
        {
            foreach (var path in picture.Annotations)
                Content(path);
            Text(picture.DepthSteps.ToString(CultureInfo.InvariantCulture));
        }
        return hash.GetHashAndReset();

        void Text(string text)
        {
            Number(Encoding.UTF8.GetByteCount(text));
            hash.AppendData(Encoding.UTF8.GetBytes(text));
        }

        void Number(long number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            hash.AppendData(bytes);
        }

        void Content(string path)
        {
            if (!File.Exists(path))
            {
                Text("missing");
                return;
            }
            using var file = Opened(path);
            if (file is null)
            {
                Text("unreadable"); // who reads it says so
                return;
            }
            var length = RandomAccess.GetLength(file);
            Number(length);
            if (length <= WholeBytes)
                Part(0, (int)length);
            else
            {
                Part(0, EndBytes);
                Part(length - EndBytes, EndBytes);
            }

            void Part(long start, int count)
            {
                var bytes = new byte[count];
                var read = 0;
                for (int more; read < count && (more = RandomAccess.Read(file, bytes.AsSpan(read), start + read)) > 0; )
                    read += more;
                hash.AppendData(bytes, 0, read);
            }
        }
    }
}
