namespace Lumen.Files;

/// <summary>The folder that results go into.</summary>
public sealed class OutputFolder : IDisposable
{
    private readonly string _path;
    private readonly bool _isNew;

    private OutputFolder(string path)
    {
        (_path, _isNew) = (path, !Directory.Exists(path));
        Directory.CreateDirectory(path);
    }

    /// <summary>Makes the folder and tries to write into it, so that long work does not end with a folder that cannot be written.</summary>
    /// <exception cref="LumenException">A file is in its place, it may not be written, or the disk is full.</exception>
    /// <returns>To be disposed of after the work: a folder that was made for it and is still empty goes again.</returns>
    public static OutputFolder Prepare(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new LumenException(LumenErrorKind.File, "The output folder has no name. Give `OutputDir` a folder.");
        try
        {
            var folder = new OutputFolder(path);
            using var probe = new FileStream(
                Path.Combine(path, $".{Guid.NewGuid():N}.tmp"),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose
            );
            probe.WriteByte(0);
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new LumenException(
                $"The output folder {path} cannot be made or written: {error.Message} Choose a folder that may be written, on a disk with "
                    + "free space.",
                error
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isNew || !Directory.Exists(_path) || Directory.EnumerateFileSystemEntries(_path).Any())
            return;
        try
        {
            Directory.Delete(_path);
        }
        catch (IOException)
        {
            // somebody has written into it just now
        }
    }
}
