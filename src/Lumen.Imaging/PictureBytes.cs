using Lumen.Files;

namespace Lumen.Imaging;

/// <summary>Reads the bytes of a picture file; every way this can fail is a sentence.</summary>
internal static class PictureBytes
{
    private const int MaxBytes = 1 << 30,
        Look = 512;

    /// <summary>The content of <paramref name="path"/>, at least one byte.</summary>
    /// <exception cref="LumenException">Missing, a folder, unreadable, empty, or larger than 1 GiB.</exception>
    public static byte[] Read(string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
            throw new LumenException(
                LumenErrorKind.Format,
                "The path of a picture is empty or contains a NUL character. Give the path of a PNG, JPEG or WebP file."
            );
        RequireOrdinary(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.Length > MaxBytes)
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"The picture {path} has {stream.Length} bytes; at most {MaxBytes} are read. Give a smaller file."
                );
            var bytes = new byte[stream.Length];
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count == 0)
                throw new LumenException(LumenErrorKind.Format, $"The picture {path} is empty (0 bytes). Copy or download it again.");
            return count == bytes.Length ? bytes : bytes[..count];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LumenException($"The picture {path} does not exist. Check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new LumenException($"The picture {path} cannot be read: {error.Message} Check its permissions.", error);
        }
    }

    /// <summary>Refuses a path at which there is no file that may be read.</summary>
    /// <exception cref="LumenException">Missing, a folder, unreadable or empty.</exception>
    public static void RequireFile(string path)
    {
        RequireOrdinary(path);
        if (FileFacts.Of(path) is null)
            throw new LumenException(LumenErrorKind.Format, $"The picture {path} does not exist. Check the path.");
        if (new FileInfo(path).Length == 0)
            throw new LumenException(LumenErrorKind.Format, $"The picture {path} is empty (0 bytes). Copy or download it again.");
    }

    /// <summary>The first bytes of a file that is there.</summary>
    public static byte[] Start(string path)
    {
        using var file = File.OpenRead(path);
        var start = new byte[Look];
        return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }

    /// <summary>What is said of a file that no decoder takes: what it is, where that is known.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="bytes">Its bytes, or the first of them.</param>
    /// <param name="length">How many it has.</param>
    public static LumenException NoPicture(string name, ReadOnlySpan<byte> bytes, long length) =>
        new(
            LumenErrorKind.Format,
            PlaceholderFile.Of(bytes[..Math.Min(bytes.Length, Look)]) is var (title, advice)
                ? $"{name} is not a picture that can be read: it is {title}. {advice}."
                : $"{name} is not a picture that can be read: its {length} bytes are no PNG, JPEG or WebP file, or its header is "
                    + "damaged. Convert it to PNG, or copy it again."
        );

    private static void RequireOrdinary(string path)
    {
        if (FileFacts.Of(path) is not { } facts || facts.Kind == FileKind.Ordinary)
            return;
        throw new LumenException(
            LumenErrorKind.Format,
            $"{path} is {(facts.Kind == FileKind.Folder ? "a folder" : "a pipe or a device")}, but a picture is expected here. Give "
                + "the path of one PNG, JPEG or WebP file."
        );
    }

    /// <summary>Refuses sizes that no honest picture has, before anything of that size is allocated.</summary>
    /// <exception cref="LumenException">No pixels, or more than <see cref="Picture.MaxPixels"/>.</exception>
    public static void RequireSize(string path, long width, long height)
    {
        if (width < 1 || height < 1 || width > int.MaxValue || height > int.MaxValue || width * height > Picture.MaxPixels)
        {
            throw new LumenException(
                LumenErrorKind.Format,
                $"The picture {path} says it has {width} x {height} pixels; between 1 and {Picture.MaxPixels} pixels are accepted, "
                    + "so that a small file cannot claim all "
                    + "memory. Scale it down first."
            );
        }
    }
}
