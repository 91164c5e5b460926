using Lumen.Imaging;

namespace Lumen.Datasets;

/// <summary>
/// A folder of label files of one role, and how they are named after their pictures: alike, or with more behind the name
/// (<c>p0_mask.png</c>), found by itself where it is clear.
/// </summary>
internal sealed class LabelFolder
{
    private readonly DatasetTree _tree;
    private readonly (string Role, string Path) _folder;
    private readonly IReadOnlyList<string> _files; // below the folder
    private readonly LabelKind? _kind;
    private readonly bool _isExpected;
    private readonly IReadOnlyList<string> _several = [];

    /// <param name="tree">The data set's folder.</param>
    /// <param name="folder">Its role and path.</param>
    /// <param name="stems">Names of the pictures without their endings.</param>
    /// <param name="beside">What its files have after the name of their picture, where they lie among the pictures; otherwise null.</param>
    public LabelFolder(DatasetTree tree, (string Role, string Path) folder, IReadOnlyCollection<string> stems, string? beside)
    {
        (_tree, _folder) = (tree, folder);
        _files =
        [
            .. tree.Descendants(folder.Path)
                .Where(file => beside is null || DatasetTree.Stem(file).EndsWith(beside, StringComparison.Ordinal)),
        ];
        var own = _files.Select(file => DatasetTree.Normal(DatasetTree.Stem(file))).ToHashSet(StringComparer.Ordinal);
        (Suffix, PictureSuffix) = beside is not null ? (beside, "") : Suffixes(own, stems);
        Ending = _files.Select(file => Path.GetExtension(file)).FirstOrDefault(ending => ending.Length > 0) ?? ".png";
        if (beside is null && Suffix.Length == 0)
            _several = [.. Several(own, stems).Order(StringComparer.Ordinal)];
        Covered = stems.Count(stem => own.Contains(Base(stem) + Suffix));
        var most = Covered > 0 && Covered * 2 >= stems.Count;
        _isExpected = FolderNames.IsExpected(folder.Role, Ending) || (most && DatasetTree.IsPicture("x" + Ending));
        _kind = beside is not null ? LabelKind.Classes : null;
        Holds = _isExpected || most;
    }

    private LabelFolder(LabelFolder folder, LabelKind kind)
    {
        (_tree, _folder, _files, _isExpected, _kind) = (folder._tree, folder._folder, folder._files, folder._isExpected, kind);
        (_several, Suffix, PictureSuffix, Ending, Covered, Holds) = (
            folder._several,
            folder.Suffix,
            folder.PictureSuffix,
            folder.Ending,
            folder.Covered,
            folder.Holds
        );
    }

    /// <summary>What label files have after the name of their picture.</summary>
    public string Suffix { get; }

    /// <summary>What pictures have after the name that their labels share.</summary>
    public string PictureSuffix { get; }

    private string Ending { get; }

    /// <summary>Pictures that have a file here.</summary>
    public int Covered { get; }

    /// <summary>Whether it belongs to the pictures at all.</summary>
    public bool Holds { get; }

    /// <summary>Whether it holds captions as text files.</summary>
    public bool IsCaptions =>
        Ending.Equals(".txt", StringComparison.OrdinalIgnoreCase)
        && SplitNames.Words(_folder.Role).Any(word => word is "caption" or "captions" or "prompt" or "prompts" or "text" or "texts");

    /// <summary>
    /// A sentence where no picture has a file of its name here, but several kinds of files begin with the names of pictures; otherwise
    /// null.
    /// </summary>
    public string? Ambiguity() =>
        Covered > 0 || _several.Count == 0
            ? null
            : $"Files of {_folder.Path} have {string.Join(" or ", _several)} behind the names of the pictures. Say which are the "
                + $"labels: `LabelSuffix` {_several[0]}.";

    /// <summary>What its files hold, as its name says.</summary>
    public LabelKind Kind => _kind ?? FolderNames.KindOf(_folder.Role, "x" + Ending);

    /// <summary>The same with class ids in it, where its name says nothing but its files are grey or palette PNG of up to 8 bits.</summary>
    public LabelFolder Probed()
    {
        if (
            Kind != LabelKind.Other
            || Covered == 0
            || _files.FirstOrDefault(file => file.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) is not { } file
        )
            return this;
        try
        {
            var path = _tree.Full(DatasetTree.Join(_folder.Path, file));
            return !PngReader.IsRgb(path) && PngReader.BitDepth(path) <= 8 ? new LabelFolder(this, LabelKind.Classes) : this;
        }
        catch (LumenException)
        {
            return this; // a check names it
        }
    }

    /// <summary>The file of a picture, the expected one where it is missing; null where none is expected.</summary>
    public LabelFile? Find(string stem)
    {
        var name = DatasetTree.Join(_folder.Path, Base(stem) + Suffix);
        if (_tree.WithEnding(name) is { } found)
            return new LabelFile(_kind ?? FolderNames.KindOf(_folder.Role, found), found, _folder.Role);
        return _isExpected ? new LabelFile(Kind, name + Ending, _folder.Role) : null;
    }

    /// <summary>Its files that belong to none of the pictures.</summary>
    public IEnumerable<string> Orphans(IReadOnlySet<string> stems)
    {
        var bases = stems.Select(stem => Base(stem) + Suffix).ToHashSet(StringComparer.Ordinal);
        return !Holds
            ? []
            : _files
                .Where(file =>
                    DatasetTree.IsLabel(file)
                    && !bases.Contains(DatasetTree.Normal(DatasetTree.Stem(file)))
                    && DatasetTree.Stem(Path.GetFileName(file)) is not ("classes" or "labels" or "names" or "_classes")
                )
                .Select(file => DatasetTree.Join(_folder.Path, file));
    }

    private string Base(string stem) =>
        PictureSuffix.Length > 0 && stem.EndsWith(PictureSuffix, StringComparison.Ordinal) ? stem[..^PictureSuffix.Length] : stem;

    private (string Label, string Picture) Suffixes(HashSet<string> own, IReadOnlyCollection<string> stems)
    {
        if (_tree.Options.LabelSuffix is { } given)
        {
            var suffix = DatasetTree.IsPicture("x" + given) ? DatasetTree.Stem("x" + given)[1..] : given;
            if (own.Any(stem => stem.EndsWith(suffix, StringComparison.Ordinal)))
                return (suffix, stems.Any(stem => own.Contains(stem + suffix)) ? "" : Common(stems));
        }
        if (stems.Count == 0 || stems.Count(own.Contains) * 2 >= stems.Count)
            return ("", "");
        if (Clear(own, stems.ToHashSet(StringComparer.Ordinal)) is { } clear)
            return (clear, "");
        var common = Common(stems);
        if (common.Length == 0)
            return ("", "");
        var bases = stems.Select(stem => stem[..^common.Length]).ToHashSet(StringComparer.Ordinal);
        return bases.Count(own.Contains) * 2 >= bases.Count ? ("", common)
            : Clear(own, bases) is { } beyond ? (beyond, common)
            : ("", "");
    }

    // The only suffix that half of the pictures or more have a label with.
    private static string? Clear(HashSet<string> own, HashSet<string> stems) => Often(own, stems) is [var only] ? only : null;

    private static List<string> Often(HashSet<string> own, HashSet<string> stems)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var stem in own)
        {
            for (var length = stem.Length - 1; length > 0; length--)
            {
                if (char.IsLetterOrDigit(stem[length]) || !stems.Contains(stem[..length]))
                    continue;
                counts[stem[length..]] = counts.GetValueOrDefault(stem[length..]) + 1;
                break;
            }
        }
        return counts.Where(pair => pair.Value * 2 >= stems.Count).Select(pair => pair.Key).ToList();
    }

    private static IReadOnlyList<string> Several(HashSet<string> own, IReadOnlyCollection<string> stems)
    {
        if (stems.Count == 0)
            return [];
        var direct = Often(own, stems.ToHashSet(StringComparer.Ordinal));
        return direct.Count > 0 || Common(stems) is not { Length: > 0 } common
            ? direct
            : Often(own, stems.Select(stem => stem[..^common.Length]).ToHashSet(StringComparer.Ordinal));
    }

    // What all pictures have behind their own names, such as _leftImg8bit or _sat.
    private static string Common(IReadOnlyCollection<string> stems)
    {
        var first = stems.First();
        var at = first.LastIndexOf('_');
        return
            at > 0
            && stems.Count > 1
            && first[at..].Any(char.IsLetter)
            && stems.All(stem => stem.Length > first.Length - at && stem.EndsWith(first[at..], StringComparison.Ordinal))
            ? first[at..]
            : "";
    }
}
