using System.Collections.Concurrent;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>
/// The folder of a data set. Names are relative, with slashes. Nothing outside the folder is ever touched: neither by a name nor through a
/// symbolic link, unless links to the outside are meant to be there. A link that leads nowhere is a missing file.
/// </summary>
/// <param name="Root">Its full path.</param>
public sealed record DatasetTree(string Root)
{
    private readonly string _root = RealPath.Of(Root);
    private readonly ConcurrentDictionary<string, string> _folders = new(StringComparer.Ordinal); // where they really are

    private static readonly string[] PictureEndings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"];
    private const int KeptFolders = 16;

    /// <summary>Endings of pictures that are not read.</summary>
    public static readonly string[] Unread =
    [
        ".heic",
        ".heif",
        ".avif",
        ".jp2",
        ".tga",
        ".gif",
        ".ppm",
        ".pgm",
        ".exr",
        ".hdr",
        ".dng",
        ".cr2",
        ".nef",
        ".jxl",
    ];

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, (DateTime Stamp, Dictionary<string, string> Names)> _names =
        new(StringComparer.Ordinal);

    // What lumen augment adds to a data set beside its new pictures: none of it is a picture or label of the data set.
    private static readonly string[] Records = ["lumen", "confidence", "trusted"];

    private static readonly string[] Leftovers = ["Thumbs.db", "ehthumbs.db", "desktop.ini"];
    private static readonly string[] LabelEndings =
    [
        ".png",
        ".json",
        ".txt",
        ".xml",
        ".tif",
        ".tiff",
        ".npy",
        ".npz",
        ".mat",
        ".exr",
        ".bmp",
        ".webp",
        ".jpg",
        ".jpeg",
        ".pfm",
    ];

    /// <summary>What the user says of the data set.</summary>
    public DatasetOptions Options { get; init; } = new();

    /// <summary>Whether a file of this name can be a picture.</summary>
    public static bool IsPicture(string name) =>
        PictureEndings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase) && Counts(Path.GetFileName(name));

    /// <summary>Whether a file or folder counts as anything: hidden ones and what file managers and archives leave do not.</summary>
    public static bool Counts(string name) =>
        name is not ['.', ..] and not "__MACOSX" and not "@eaDir" and not "Icon\r"
        && !Leftovers.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a name is a path from the root of a disk, of this system or of Windows, as tools write of the machine that they ran on.
    /// </summary>
    public static bool IsAbsolute(string name) => name is ['/' or '\\', ..] or [_, ':', '/' or '\\', ..];

    /// <summary>Joins names, leaving out empty ones.</summary>
    public static string Join(params ReadOnlySpan<string> parts)
    {
        var joined = "";
        foreach (var part in parts)
            joined =
                part.Length == 0 ? joined
                : joined.Length == 0 ? part
                : $"{joined}/{part}";
        return joined;
    }

    /// <summary>A name without its last ending; dots in folders stay.</summary>
    public static string Stem(string name) => name[..^Path.GetExtension(name).Length];

    /// <summary>The folder of a name; empty for a name without slashes.</summary>
    public static string Folder(string name) => name.LastIndexOf('/') is var slash && slash < 0 ? "" : name[..slash];

    /// <summary>The full path of a name.</summary>
    /// <exception cref="LumenException">The name leads out of the folder, by itself or through a link.</exception>
    public string Full(string name)
    {
        if (!IsInside(name))
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"{Root} names the file \"{name}\", which lies outside the data set. Names must be relative to the data set's "
                    + "folder and may not contain \"..\"."
            );
        if (
            Options.Links == LinkPolicy.Inside
            && FileFacts.Of(Path.Combine(Root, name)) is not null
            && Real(name) is var real
            && !RealPath.IsInside(real, _root)
        )
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"{Path.Combine(Root, name)} leads out of the data set through a link, to {real}. Copy what it leads to into the "
                    + "data set, or follow such links with `Links` if they are meant."
            );
        return Path.Combine(Root, name);
    }

    /// <summary>Whether an ordinary file has this name, perhaps through a link.</summary>
    public bool HasFile(string name) => IsInside(name) && FileFacts.Of(Path.Combine(Root, name)) is { Kind: FileKind.Ordinary };

    public bool HasFolder(string name) => IsInside(name) && FileFacts.Of(Path.Combine(Root, name)) is { Kind: FileKind.Folder };

    /// <summary>
    /// Names of the folders directly in a folder, in order; none where it does not exist. A link to a folder above it is left out: it leads
    /// in a circle. So are the folders that an augmented data set has beside its pictures and labels.
    /// </summary>
    public IReadOnlyList<string> Folders(string name)
    {
        if (!HasFolder(name))
            return [];
        IReadOnlyList<string> found =
        [
            .. Directory
                .EnumerateDirectories(Full(name))
                .Select(path => Path.GetFileName(path))
                .Where(folder => Counts(folder) && !IsCircle(name, folder))
                .Order(StringComparer.Ordinal),
        ];
        return name.Length == 0 && found.Contains(Records[0]) && Directory.EnumerateFiles(Root, GeneratedNames.Pattern).Any()
            ? [.. found.Except(Records)]
            : found;
    }

    /// <summary>
    /// Names of the files directly in a folder, in order; none where it does not exist. Links that lead nowhere are among them.
    /// </summary>
    public IReadOnlyList<string> Files(string name) =>
        HasFolder(name)
            ? [.. Directory.EnumerateFiles(Full(name)).Select(path => Path.GetFileName(path)).Where(Counts).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>Pictures below a folder, relative to it, folder by folder; only one folder's names are held at a time.</summary>
    public IEnumerable<string> Pictures(string folder)
    {
        foreach (var file in Files(folder).Where(IsPicture))
            yield return file;
        foreach (var child in Folders(folder))
        foreach (var file in Pictures(Join(folder, child)))
            yield return Join(child, file);
    }

    /// <summary>Whether there is any picture below a folder.</summary>
    public bool HasPictures(string folder) => HasFolder(folder) && Pictures(folder).Any();

    /// <summary>The file that has this name with some ending, as it is called on disk, or null.</summary>
    public string? WithEnding(string stem) => Ended(stem, LabelEndings);

    /// <summary>The same of endings of pictures.</summary>
    public string? PictureWithEnding(string stem) => Ended(stem, PictureEndings);

    /// <summary>
    /// The file of this name as it is called on disk: accents may be composed in another way (NFC, NFD), and the ending may be in capitals;
    /// null where there is none.
    /// </summary>
    public string? Match(string name) =>
        HasFile(name) ? name
        : IsInside(name) && Alike(Folder(name), Path.GetFileName(name)) is { } found && HasFile(found) ? found
        : null;

    /// <summary>Whether a file's ending is one that labels have.</summary>
    public static bool IsLabel(string name) => LabelEndings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    /// <summary>A name with its accents composed (NFC), so that names from another system compare equal.</summary>
    // string.Normalize does nothing without ICU
    public static string Normal(string name) => System.Text.Ascii.IsValid(name) ? name : string.Concat(CanonicalComposition.Compose(name));

    private string? Ended(string stem, string[] endings) =>
        endings.Select(ending => stem + ending).FirstOrDefault(HasFile)
        ?? (
            IsInside(stem)
                ? endings
                    .Select(ending => Alike(Folder(stem), Path.GetFileName(stem) + ending))
                    .FirstOrDefault(found => found is not null && HasFile(found))
                : null
        );

    // Names of a folder by what they are called apart from accents and endings, kept until the folder changes.
    private string? Alike(string folder, string file)
    {
        if (!HasFolder(folder))
            return null;
        var stamp = Directory.GetLastWriteTimeUtc(Full(folder));
        if (!_names.TryGetValue(folder, out var known) || known.Stamp != stamp)
        {
            if (_names.Count >= KeptFolders)
                _names.Clear();
            var names = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var name in Files(folder))
                names.TryAdd(Key(name), name);
            known = _names[folder] = (stamp, names);
        }
        return known.Names.TryGetValue(Key(file), out var found) ? Join(folder, found) : null;

        static string Key(string name) => Normal(Stem(name)) + Path.GetExtension(name).ToLowerInvariant();
    }

    /// <summary>The ending of some file below a folder; <c>.png</c> where there is none.</summary>
    public string AnyEnding(string folder) =>
        Descendants(folder).Select(path => Path.GetExtension(path)).FirstOrDefault(ending => ending.Length > 0) ?? ".png";

    /// <summary>Files below a folder, relative to it, folder by folder.</summary>
    public IEnumerable<string> Descendants(string folder)
    {
        foreach (var file in Files(folder))
            yield return file;
        foreach (var child in Folders(folder))
        foreach (var file in Descendants(Join(folder, child)))
            yield return Join(child, file);
    }

    /// <summary>Lines of a text file that are not blank, with their numbers from 1.</summary>
    /// <exception cref="LumenException">There is no such file.</exception>
    public IEnumerable<(int Number, string Text)> Lines(string name) =>
        (
            HasFile(name)
                ? TextFile.Lines(Full(name))
                : throw new LumenException(LumenErrorKind.File, $"There is no file {Full(name)}, or it is no ordinary one. Check the path.")
        )
            .Select(line => (line.Number, Text: line.Text.Trim()))
            .Where(line => line.Text.Length > 0);

    /// <summary>Symbolic links below a folder that are not followed or lead nowhere, each as a sentence.</summary>
    public IEnumerable<(string Name, bool IsOutside, string Fault)> BadLinks(string folder = "")
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(Full(folder)).Order(StringComparer.Ordinal))
        {
            var name = Join(folder, Path.GetFileName(path));
            if (!Counts(Path.GetFileName(path)) || new FileInfo(path).LinkTarget is not { } target)
                continue;
            if (FileFacts.Of(path) is null)
                yield return (name, false, $"{name} is a link to {target}, where there is nothing.");
            else if (Options.Links == LinkPolicy.Inside && !RealPath.IsInside(Real(name), _root))
                yield return (name, true, $"{name} is a link to {target}, which leads out of the data set.");
        }
        foreach (
            var child in Folders(folder)
                .Where(child => Options.Links == LinkPolicy.Outside || RealPath.IsInside(Real(Join(folder, child)), _root))
        )
        foreach (var bad in BadLinks(Join(folder, child)))
            yield return bad;
    }

    private string Real(string name)
    {
        var path = Path.Combine(RealFolder(Folder(name)), name[(name.LastIndexOf('/') + 1)..]);
        return new FileInfo(path).LinkTarget is null ? path : RealPath.Of(path);
    }

    private string RealFolder(string name) =>
        name.Length == 0 ? _root : _folders.GetOrAdd(name, folder => RealPath.Of(Path.Combine(Root, folder)));

    private bool IsCircle(string parent, string folder)
    {
        var path = Path.Combine(RealFolder(parent), folder);
        if (new DirectoryInfo(path).LinkTarget is null)
            return false;
        var real = RealPath.Of(path);
        for (var above = parent; ; above = Folder(above))
        {
            if (RealPath.IsInside(RealFolder(above), real))
                return true;
            if (above.Length == 0)
                return false;
        }
    }

    /// <summary>Whether a name by itself stays inside the folder; a link may still lead out.</summary>
    public static bool IsInside(string name) => !Path.IsPathRooted(name) && !name.Contains('\0') && !name.Split('/', '\\').Contains("..");
}
