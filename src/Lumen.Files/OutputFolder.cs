namespace Lumen.Files;

/// <summary>The folder that results go into.</summary>
public static class OutputFolder
{
    /// <summary>Makes the folder and tries to write into it, so that long work does not end with a folder that cannot be written.</summary>
    /// <exception cref="LumenException">A file is in its place, it may not be written, or the disk is full.</exception>
    public static void Prepare(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new LumenException(LumenErrorKind.File, "The output folder has no name. Give `OutputDir` a folder.");
        try
        {
            Directory.CreateDirectory(path);
            using var probe = new FileStream(
                Path.Combine(path, $".{Guid.NewGuid():N}.tmp"),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose
            );
            probe.WriteByte(0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new LumenException(
                $"The output folder {path} cannot be written: {error.Message} Choose a folder that may be written, on a disk with "
                    + "free space.",
                error
            );
        }
    }
}
