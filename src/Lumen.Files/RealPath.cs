namespace Lumen.Files;

/// <summary>Where a path leads once every symbolic link on the way is followed.</summary>
public static class RealPath
{
    private const int MostLinks = 40; // as Linux itself

    /// <summary>The full path without links. The end of it need not exist; a link that leads nowhere gives the place it leads to.</summary>
    /// <exception cref="LumenException">Links lead in a circle.</exception>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        var at = Path.GetPathRoot(full)!;
        var (rest, links) = (new Stack<string>(), 0);
        Push(rest, full[at.Length..]);
        while (rest.TryPop(out var name))
        {
            if (name == ".")
                continue;
            if (name == "..")
            {
                at = Path.GetDirectoryName(at) ?? at;
                continue;
            }
            var next = Path.Combine(at, name);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }
            if (++links > MostLinks)
                throw new LumenException(
                    LumenErrorKind.File,
                    $"{path} leads through links in a circle. Take the link out, or let it lead to a file or folder."
                );
            if (Path.IsPathRooted(target))
                at = Path.GetPathRoot(target)!;
            Push(rest, target[(Path.IsPathRooted(target) ? at.Length : 0)..]);
        }
        return at;
    }

    /// <summary>Whether a path lies in a folder, or is it. Both must be real paths.</summary>
    public static bool IsInside(string path, string folder) =>
        path == folder
        || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static void Push(Stack<string> rest, string path)
    {
        foreach (
            var part in path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries)
                .Reverse()
        )
            rest.Push(part);
    }
}
