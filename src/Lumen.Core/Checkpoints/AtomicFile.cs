namespace Lumen.Core.Checkpoints;

/// <summary>Writes a file completely or not at all: under a temporary name beside it, flushed to the disk, then renamed over it.</summary>
public static class AtomicFile
{
    /// <summary>Creates the folder if needed, lets <paramref name="write"/> fill the file and puts it in place.</summary>
    /// <param name="path">Where the finished file shall be; an existing file is replaced only by a finished one.</param>
    /// <param name="write">Writes the content. If it throws, the temporary file is removed.</param>
    /// <param name="length">Expected size; given, a disk that is too full is noticed before the first byte.</param>
    /// <exception cref="LumenException">The folder cannot be written to, or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write, long length = 0)
    {
        var full = Path.GetFullPath(path);
        var temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, PreallocationSize = length, BufferSize = 1 << 16 };
            using (var stream = new FileStream(temporary, options))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LumenException(
                $"{path} cannot be written: {error.Message} Check that the folder may be written to and the disk has room; "
                + "nothing was left behind.", error);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }
}
