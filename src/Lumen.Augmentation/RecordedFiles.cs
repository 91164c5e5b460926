using Lumen.Datasets;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>
/// The files of an enlarged data set by the names that its records give. The records may come from a stranger: a name must stay inside the
/// folder, also through links, and be that of an ordinary file of bounded size.
/// </summary>
internal sealed class RecordedFiles(string folder)
{
    private const long Largest = 16L << 30;
    private readonly string _root = RealPath.Of(folder);

    /// <summary>Why a name is not read, to follow the name in a sentence; null where it may be.</summary>
    public string? FaultOf(string name)
    {
        if (name.Length == 0 || name.Contains('\\') || !DatasetTree.IsInside(name))
            return "is no name of a file inside the folder, so it is not looked at";
        var path = PathOf(name);
        if (FileFacts.Of(path) is not { } facts)
            return FileFacts.OfName(path) is null ? "is missing" : "is missing: it is a link that leads nowhere";
        if (!RealPath.IsInside(RealPath.Of(path), _root))
            return "leads out of the folder through a link, so it is not looked at";
        if (facts.Kind != FileKind.Ordinary)
            return facts.Kind == FileKind.Folder
                ? "is a folder instead of a file"
                : "is a pipe or a device instead of a file, so it is not looked at";
        return facts.Length > Largest ? $"has {facts.Length} bytes, more than the {Largest} that are read" : null;
    }

    /// <summary>Full path of a name that has no fault.</summary>
    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>
    /// Names of all files below the folder but hidden ones, what file managers leave, and what is in <c>lumen/</c>. Links are names, and
    /// are not entered.
    /// </summary>
    public IEnumerable<string> All(string below = "")
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(Path.Combine(_root, below)))
        {
            var name = DatasetTree.Join(below, Path.GetFileName(path));
            if (!DatasetTree.Counts(Path.GetFileName(path)) || name == "lumen")
                continue;
            if (FileFacts.OfName(path) is { Kind: FileKind.Folder })
                foreach (var inner in All(name))
                    yield return inner;
            else
                yield return name;
        }
    }
}
