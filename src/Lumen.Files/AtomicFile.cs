namespace Lumen.Files;

/// <summary>
/// Files that are either there as a whole or not at all: written under a temporary name in the target's folder, then moved into place.
/// </summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes <paramref name="path"/>, replacing an older file; missing folders are made. Whatever goes wrong, no half file and no
    /// temporary file stays.
    /// </summary>
    /// <param name="path">Where the finished file belongs.</param>
    /// <param name="write">Writes the content; the stream is buffered, write-only and closed by this method.</param>
    /// <param name="length">Bytes that will be written, if known: a disk that is too full is then noticed before the first one.</param>
    /// <exception cref="LumenException">The folder cannot be made or written, the disk is full, or <paramref name="path"/> is a
    /// folder.</exception>
    public static void Write(string path, Action<Stream> write, long length = 0)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
            throw new LumenException(
                LumenErrorKind.File,
                "The path of an output file is empty or contains a NUL character. Give the path of a file."
            );
        if (Directory.Exists(path))
            throw new LumenException(
                LumenErrorKind.File,
                $"Cannot write {path}: it is a folder, but the path of a file is expected. Name a file inside it."
            );
        string? temporary = null;
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(folder);
            temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 1 << 16,
                PreallocationSize = length,
            };
            using (var stream = new FileStream(temporary, options))
            {
                write(stream);
                stream.Flush(flushToDisk: length > 0); // a large file must not be renamed into place before its bytes are there
            }
            File.Move(temporary, path, overwrite: true);
            temporary = null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Fault(path, error);
        }
        finally
        {
            if (temporary is not null)
                Remove(temporary);
        }
    }

    /// <summary>Writes these bytes as a whole file; see <see cref="Write(string, Action{Stream}, long)"/>.</summary>
    /// <exception cref="LumenException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var bytes = content.ToArray();
        Write(path, stream => stream.Write(bytes));
    }

    /// <summary>A file that cannot be written, as this class says it, for those that write on their own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cause">What the system said.</param>
    public static LumenException Fault(string path, Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        return new($"Cannot write {path}: {cause.Message} Choose a folder that may be written, on a disk with free space.", cause);
    }

    /// <summary>Takes out what processes that were killed in the middle of writing have left in a folder.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    /// <param name="age">How old it must be: nothing that is still being written. Zero only where no other process writes into the
    /// folder.</param>
    public static void RemoveLeftovers(string folder, TimeSpan age)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var path in Directory.EnumerateFiles(folder, ".*.tmp"))
        {
            var name = Path.GetFileName(path);
            if (Guid.TryParseExact(name[1..^4], "N", out _) && File.GetLastWriteTimeUtc(path) <= DateTime.UtcNow - age)
                Remove(path);
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; the folder may be gone with the file.
        }
    }
}
