namespace Lumen.Files;

/// <summary>Folders that only this user can write, for what is trusted later without another question.</summary>
public static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>
    /// Makes a folder with its parent, both for this user alone (0700); those that are there are made so. What lies above must be safe:
    /// no other user may exchange a part of the path.
    /// </summary>
    /// <returns>False where the folder cannot be made, is a link or another user's, or where a part of the path could be exchanged by
    /// others.</returns>
    public static bool TryPrepare(string folder)
    {
        if (!OperatingSystem.IsLinux() || !Path.IsPathRooted(folder) || Path.GetDirectoryName(Path.GetFullPath(folder)) is not { } parent)
            return false;
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            return IsSafe(RealPath.Of(Path.GetDirectoryName(parent) ?? parent)) && Own(parent) && Own(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or LumenException)
        {
            return false;
        }
    }

    private static bool Own(string folder)
    {
        if (
            !OperatingSystem.IsLinux()
            || FileFacts.OfName(folder) is not { Kind: FileKind.Folder } facts
            || facts.Owner != FileFacts.User()
        )
            return false;
        if (facts.Mode != OwnerOnly)
            File.SetUnixFileMode(folder, OwnerOnly);
        return true;
    }

    // As sshd looks at the way to its keys: others may write where names are safe from them (the sticky bit), and root may anyway.
    private static bool IsSafe(string folder)
    {
        for (string? at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            if (FileFacts.OfName(at) is not { Kind: FileKind.Folder } facts || (facts.Owner != 0 && facts.Owner != FileFacts.User()))
                return false;
            if ((facts.Mode & OthersWrite) != 0 && (facts.Mode & UnixFileMode.StickyBit) == 0)
                return false;
        }
        return true;
    }
}
