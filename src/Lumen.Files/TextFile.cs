using System.Security;
using System.Text;

namespace Lumen.Files;

/// <summary>
/// Text from outside: UTF-8 with or without a byte order mark, or UTF-16; lines end with LF, CRLF or CR. Whatever is wrong with a file is a
/// sentence. What may be large is read line by line.
/// </summary>
public static class TextFile
{
    /// <summary>
    /// Bytes of a whole file that are read at most unless a caller says otherwise; the largest configurations have a few megabytes.
    /// </summary>
    public const long UsualLimit = 64 << 20;

    private const int LongestLine = 16 << 20; // letters

    /// <summary>The whole text of a file, without the mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">A file with more is refused before it is read.</param>
    /// <exception cref="LumenException">Missing, a folder, not readable, too large, or neither UTF-8 nor UTF-16.</exception>
    public static string Read(string path, long mostBytes = UsualLimit) => Encoding.UTF8.GetString(ReadUtf8(path, mostBytes));

    /// <summary>The lines of a file with their numbers from 1, blank ones too, read while they are taken.</summary>
    /// <exception cref="LumenException">As <see cref="Read"/>, or a line is longer than any honest one.</exception>
    public static IEnumerable<(int Number, string Text)> Lines(string path)
    {
        using var stream = Open(path);
        using var reader = new StreamReader(
            stream,
            new UTF8Encoding(false, throwOnInvalidBytes: true),
            detectEncodingFromByteOrderMarks: false,
            bufferSize: 1 << 14
        );
        var lines = new LineReader(reader, LongestLine);
        for (var number = 1; ; number++)
        {
            var here = number;
            if (Guarded(path, lines.Next, () => here) is not { } line)
                yield break;
            yield return (number, line);
        }
    }

    /// <summary>The bytes of a text as UTF-8 without a mark; checked.</summary>
    internal static byte[] ReadUtf8(string path, long mostBytes)
    {
        using var stream = Open(path);
        var memory = new MemoryStream();
        Guarded(
            path,
            () =>
            {
                var buffer = new byte[1 << 14];
                for (int count; (count = stream.Read(buffer)) > 0; memory.Write(buffer, 0, count))
                    if (memory.Length + count > mostBytes)
                        throw new LumenException(
                            LumenErrorKind.Format,
                            $"{path} has more than {mostBytes} bytes, which is more than a file of its kind has. Check that it is "
                                + "the right file."
                        );
                return true;
            }
        );
        var bytes = memory.ToArray();
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            throw NotText(path, LineOfFault(bytes));
        return bytes;
    }

    /// <summary>A file as UTF-8 without a mark; its bytes are not checked yet.</summary>
    /// <exception cref="LumenException">Missing, a folder, or not readable.</exception>
    internal static Stream Open(string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
            throw new LumenException(
                LumenErrorKind.Format,
                "The path of a file is empty or contains a NUL character. Give the path of a file."
            );
        if (Directory.Exists(path))
            throw new LumenException(
                LumenErrorKind.File,
                $"{path} cannot be read: it is a folder, but a file is expected here. Give the path of a file."
            );
        return Guarded(
            path,
            () =>
            {
                var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 14);
                var start = new byte[4];
                var count = file.CanSeek ? file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) : 0;
                var (encoding, mark) = EncodingOf(start.AsSpan(0, count));
                if (file.CanSeek)
                    file.Position = mark;
                return encoding is null ? (Stream)file : Encoding.CreateTranscodingStream(file, encoding, Encoding.UTF8);
            }
        );
    }

    /// <summary>What goes wrong while a file is read, as a sentence.</summary>
    internal static T Guarded<T>(string path, Func<T> read, Func<int>? line = null)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException error)
        {
            throw NotText(path, line?.Invoke(), error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LumenException($"{path} cannot be read: it does not exist. Check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or SecurityException)
        {
            throw new LumenException($"{path} cannot be read: {error.Message} Check the path and that the file may be read.", error);
        }
    }

    internal static LumenException NotText(string place, int? line, Exception? inner = null) =>
        new(
            LumenErrorKind.Format,
            $"{place} is not text in UTF-8 or UTF-16{(line is { } number ? $": line {number} holds other bytes" : "")}. Save it as "
                + "UTF-8 (it may be Windows-1252 or Latin-1, or no text at all).",
            inner
        );

    // Null: UTF-8. Without a mark, UTF-16 is known by its zeros: what is read here begins with a letter of ASCII.
    private static (Encoding? Encoding, int Mark) EncodingOf(ReadOnlySpan<byte> start) =>
        start switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (null, 3),
            [0xFF, 0xFE, 0, 0] => (new UTF32Encoding(false, false, true), 4),
            [0xFF, 0xFE, ..] => (new UnicodeEncoding(false, false, true), 2),
            [0xFE, 0xFF, ..] => (new UnicodeEncoding(true, false, true), 2),
            [not 0, 0, not 0, 0] => (new UnicodeEncoding(false, false, true), 0),
            [0, not 0, 0, not 0] => (new UnicodeEncoding(true, false, true), 0),
            _ => (null, 0),
        };

    private static int LineOfFault(ReadOnlySpan<byte> bytes)
    {
        var valid = 0;
        while (valid < bytes.Length && Rune.DecodeFromUtf8(bytes[valid..], out _, out var length) == System.Buffers.OperationStatus.Done)
            valid += length;
        return bytes[..valid].Count((byte)'\n') + 1;
    }
}
