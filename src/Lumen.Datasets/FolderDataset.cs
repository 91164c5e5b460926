using System.Globalization;

namespace Lumen.Datasets;

/// <summary>
/// Pictures in one folder and labels of the same names in folders beside it (<see cref="LabelFolder"/>); parts are folders above
/// (<c>train/images</c>) or below (<c>images/train</c>), folders with their labels' beside them (<c>train</c>, <c>train_labels</c>), or
/// lists of names (<c>train.txt</c>), or absent. Labels may also lie among the pictures (<c>p0_mask.png</c>).
/// </summary>
internal sealed class FolderDataset : Dataset
{
    private readonly IReadOnlyList<FolderPart> _parts;
    private readonly bool _listed;
    private ClassTable? _classes;

    private FolderDataset(DatasetTree tree, string format, IReadOnlyList<FolderPart> parts, bool listed)
        : base(tree, format) => (_parts, _listed) = (parts, listed);

    public override IReadOnlyList<string> Splits => [.. _parts.Select(part => part.Split)];

    public override ClassTable Classes => _classes ??= ClassTable.Read(Tree);

    /// <summary>The data set in a folder whose picture folder has one of some names, or null.</summary>
    public static FolderDataset? TryOpen(DatasetTree tree, string format, params IReadOnlyList<string> pictures) =>
        FolderPart.Of(tree, pictures) is { } found ? new FolderDataset(tree, format, found.Parts, found.AreListed) : null;

    public override IEnumerable<string> Lists() => _listed ? _parts.Select(part => $"{part.Split}.txt") : [];

    public override void WriteLists(string folder, DatasetVariants variants)
    {
        foreach (var list in Lists())
        {
            ListFile.Write(
                Tree.Full(list),
                Path.Combine(folder, list),
                variants,
                line => FolderPart.Listed(Tree, _parts[0].Pictures, line),
                (line, variant) =>
                    NamesEnding(line)
                        ? DatasetTree.Stem(VariantName(line.Trim(), variant.Number)) + Path.GetExtension(variant.Picture)
                        : VariantStem(line.Trim(), variant.Number)
            );
        }
    }

    /// <inheritdoc/>
    /// <remarks>What label files have after the name of their picture stays at the end: <c>p0_lumen0_mask.png</c>.</remarks>
    public override string VariantName(string file, int number)
    {
        foreach (var part in _parts)
        foreach (
            var folder in part.Labels.Where(folder =>
                file.StartsWith(folder.Path + "/", StringComparison.Ordinal) || (folder.Path.Length == 0 && !file.Contains('/'))
            )
        )
            if (SuffixOf(part, folder) is { Length: > 0 } suffix && DatasetTree.Stem(file).EndsWith(suffix, StringComparison.Ordinal))
                return $"{DatasetTree.Stem(file)[..^suffix.Length]}_lumen{number.ToString(CultureInfo.InvariantCulture)}{suffix}"
                    + $"{Path.GetExtension(file)}";
        foreach (var part in _parts.Where(part => file.StartsWith(part.Pictures + "/", StringComparison.Ordinal)))
            if (PictureSuffixOf(part) is { Length: > 0 } suffix && DatasetTree.Stem(file).EndsWith(suffix, StringComparison.Ordinal))
                return $"{DatasetTree.Stem(file)[..^suffix.Length]}_lumen{number.ToString(CultureInfo.InvariantCulture)}{suffix}"
                    + $"{Path.GetExtension(file)}";
        return base.VariantName(file, number);
    }

    public override IEnumerable<string> Unlisted()
    {
        if (!_listed)
            return [];
        var listed = _parts.SelectMany(Names).Select(found => found.Name).ToHashSet(StringComparer.Ordinal);
        return Tree.Pictures(_parts[0].Pictures)
            .Where(name => !listed.Contains(name))
            .Select(name => DatasetTree.Join(_parts[0].Pictures, name));
    }

    // Pictures of all parts of a folder count, listed or not.
    public override IEnumerable<string> Orphans() =>
        _parts
            .DistinctBy(part => part.Pictures)
            .SelectMany(part =>
            {
                var stems = Tree.Pictures(part.Pictures).Select(StemOf).ToHashSet(StringComparer.Ordinal);
                return Folders(part).SelectMany(folder => folder.Orphans(stems));
            });

    public override IEnumerable<string> Notes()
    {
        foreach (
            var note in base.Notes().Concat(_parts.SelectMany(Folders).Select(folder => folder.Ambiguity()).OfType<string>().Distinct())
        )
            yield return note;
        foreach (
            var ending in _parts
                .DistinctBy(part => part.Pictures)
                .SelectMany(part => Tree.Descendants(part.Pictures))
                .Select(file => Path.GetExtension(file).ToLowerInvariant())
                .Where(ending => DatasetTree.Unread.Contains(ending))
                .GroupBy(ending => ending, StringComparer.Ordinal)
        )
            yield return $"{ending.Count().ToString(CultureInfo.InvariantCulture)} files "
                + $"ending in {ending.Key} lie among the pictures and are "
                + "not read. Save them as PNG.";
    }

    protected override IEnumerable<DatasetItem> Read(string split)
    {
        var part = _parts.First(part => part.Split == split);
        var folders = Folders(part);
        foreach (var (name, place) in Names(part))
        {
            var labels = folders
                .Where(folder => !folder.IsCaptions)
                .Select(folder => folder.Find(StemOf(name)))
                .OfType<LabelFile>()
                .ToList();
            var picture = DatasetTree.Join(part.Pictures, name);
            if (CaptionText.BoxesBeside(Tree, picture) is { } boxes)
                labels.Add(new LabelFile(LabelKind.Boxes, boxes, "boxes"));
            yield return new DatasetItem(picture, split, labels)
            {
                Place = place,
                CaptionFile = folders.FirstOrDefault(folder => folder.IsCaptions)?.Find(StemOf(name))?.Name,
            };
        }
    }

    private static string StemOf(string name) => DatasetTree.Normal(DatasetTree.Stem(name));

    private IReadOnlyList<LabelFolder> Folders(FolderPart part)
    {
        if (part.Labels.Count == 0)
            return [];
        var stems = Names(part).Select(found => StemOf(found.Name)).ToHashSet(StringComparer.Ordinal);
        LabelFolder[] folders = [.. part.Labels.Select(folder => new LabelFolder(Tree, folder, stems, part.Beside))];
        // What nobody calls labels counts as such only where nothing else does.
        return Array.Exists(folders, folder => folder.Kind == LabelKind.Classes) ? folders : [.. folders.Select(folder => folder.Probed())];
    }

    private readonly Dictionary<string, (string Label, string Picture)> _suffixes = new(StringComparer.Ordinal);

    private string SuffixOf(FolderPart part, (string Role, string Path) folder) => part.Beside ?? Known(part, folder).Label;

    private string PictureSuffixOf(FolderPart part) =>
        part.Beside is not null
            ? ""
            : part.Labels.Select(folder => Known(part, folder).Picture).FirstOrDefault(suffix => suffix.Length > 0) ?? "";

    private (string Label, string Picture) Known(FolderPart part, (string Role, string Path) folder)
    {
        lock (_suffixes)
        {
            if (_suffixes.TryGetValue(folder.Path, out var known))
                return known;
            var found = new LabelFolder(
                Tree,
                folder,
                Names(part).Select(name => StemOf(name.Name)).ToHashSet(StringComparer.Ordinal),
                null
            );
            return _suffixes[folder.Path] = (found.Suffix, found.PictureSuffix);
        }
    }

    private IEnumerable<(string Name, string? Place)> Names(FolderPart part)
    {
        if (_listed)
        {
            return Tree.Lines($"{part.Split}.txt")
                .Select(line =>
                    (
                        FolderPart.Listed(Tree, part.Pictures, line.Text) is { } picture
                            ? picture[(part.Pictures.Length + 1)..]
                            : throw new LumenException(
                                LumenErrorKind.Dataset,
                                $"{Path.Combine(Root, part.Split)}.txt, line {line.Number} names \"{line.Text}\", but "
                                    + $"{part.Pictures} holds no such picture. Give names in {part.Pictures}, one a line, with or "
                                    + "without ending."
                            ),
                        (string?)$"{part.Split}.txt, line {line.Number}"
                    )
                );
        }
        var names = part.Beside is { } suffix
            ? Tree.Files(part.Pictures)
                .Where(DatasetTree.IsPicture)
                .Where(name => !DatasetTree.Stem(name).EndsWith(suffix, StringComparison.Ordinal))
            : Tree.Pictures(part.Pictures);
        if (part.Split == SplitNames.All)
            names = names.Where(name =>
                !_parts.Any(other =>
                    other != part && DatasetTree.Join(part.Pictures, name).StartsWith(other.Pictures + "/", StringComparison.Ordinal)
                )
            );
        return names.Select(name => (name, (string?)null));
    }

    // Dots within a name are no sign of an ending: only the file tells.
    private bool NamesEnding(string line) => Tree.Match(FolderPart.FullName(_parts[0].Pictures, line)) is not null;
}
