namespace Lumen.Datasets;

/// <summary>A part of a data set of plain folders.</summary>
/// <param name="Split">What it is called.</param>
/// <param name="Pictures">Folder of its pictures.</param>
/// <param name="Labels">Folders of its labels, each with its role.</param>
internal sealed record FolderPart(string Split, string Pictures, IReadOnlyList<(string Role, string Path)> Labels)
{
    private static readonly string[] FlatSuffixes =
    [
        "_mask",
        "-mask",
        "_masks",
        "_label",
        "_labels",
        "_gt",
        "_seg",
        "_segmentation",
        "_annotation",
        "_L",
    ];

    /// <summary>
    /// What label files beside their pictures, in one folder, have after their picture's name; null where labels have folders of their own.
    /// </summary>
    public string? Beside { get; init; }

    /// <summary>
    /// The parts of a folder whose picture folders have one of some names, and whether lists divide them; null where there are none.
    /// </summary>
    public static (IReadOnlyList<FolderPart> Parts, bool AreListed)? Of(DatasetTree tree, IReadOnlyList<string> pictures)
    {
        if (Named(tree, "", pictures) is { } folder)
        {
            var labels = tree.Folders("").Where(name => name != folder && !SplitNames.IsKnown(name)).ToList();
            if (SplitNames.Parts(tree.Folders(folder)) is { Count: > 0 } below)
                return (Below(tree, folder, below, labels), false);
            IReadOnlyList<(string, string)> own = [.. labels.Select(name => (name, name))];
            var lists = SplitNames.Parts(
                tree.Files("")
                    .Where(file => file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase))
                    .Select(DatasetTree.Stem)
                    .Where(list =>
                        SplitNames.Words(list).Count == 1
                        || (tree.Lines($"{list}.txt").FirstOrDefault().Text is { } line && Listed(tree, folder, line) is not null)
                    )
            );
            if (!tree.HasPictures(folder))
                return null;
            return lists.Count > 0
                ? ([.. lists.Select(split => new FolderPart(split, folder, own))], true)
                : ([new FolderPart(SplitNames.All, folder, own)], false);
        }
        var above = SplitNames.Parts(tree.Folders("").Where(split => Named(tree, split, pictures) is not null));
        if (above.Count > 0)
            return ([.. above.Select(split => Above(tree, split, Named(tree, split, pictures)!))], false);
        return Siblings(tree) is { Count: > 0 } siblings ? (siblings, false)
            : Flat(tree) is { Count: > 0 } flat ? (flat, false)
            : null;
    }

    /// <summary>
    /// The picture that a line of a list names, with or without ending, with or without the folder; null where there is none.
    /// </summary>
    public static string? Listed(DatasetTree tree, string pictures, string line)
    {
        var full = FullName(pictures, line);
        return tree.Match(full) ?? tree.PictureWithEnding(full);
    }

    /// <summary>The path that a line of a list stands for.</summary>
    public static string FullName(string pictures, string line)
    {
        var name = line.Trim().Replace('\\', '/').TrimStart('/');
        return DatasetTree.Join(pictures, name.StartsWith(pictures + "/", StringComparison.Ordinal) ? name[(pictures.Length + 1)..] : name);
    }

    private static IReadOnlyList<FolderPart> Below(DatasetTree tree, string folder, IReadOnlyList<string> below, List<string> labels)
    {
        var parts = below
            .Select(split => new FolderPart(
                split,
                DatasetTree.Join(folder, split),
                [.. labels.Select(name => (name, DatasetTree.Join(name, split)))]
            ))
            .ToList();
        // Without a training part, what lies outside the held-out ones may be used.
        if (!below.Any(SplitNames.IsTraining) && tree.Pictures(folder).Any(name => !below.Contains(name.Split('/')[0])))
            parts.Insert(0, new FolderPart(SplitNames.All, folder, [.. labels.Select(name => (name, name))]));
        return parts;
    }

    private static FolderPart Above(DatasetTree tree, string split, string pictures) =>
        new(
            split,
            DatasetTree.Join(split, pictures),
            [
                .. tree.Folders(split)
                    .Where(name => name != pictures && !SplitNames.IsKnown(name))
                    .Select(name => (name, DatasetTree.Join(split, name))),
            ]
        );

    // train/ and train_labels/, val/ and val_labels/.
    private static IReadOnlyList<FolderPart> Siblings(DatasetTree tree)
    {
        var folders = tree.Folders("");
        var parts = SplitNames
            .Parts(folders)
            .Select(split => new FolderPart(
                split,
                split,
                [
                    .. folders
                        .Where(name =>
                            name.StartsWith(split, StringComparison.Ordinal)
                            && name.Length > split.Length
                            && FolderNames.IsLabels(name[split.Length..])
                        )
                        .Select(name => (name[split.Length..].Trim('_', '-', ' '), name)),
                ]
            ))
            .ToList();
        return parts.Exists(part => part.Labels.Count > 0 && tree.HasPictures(part.Pictures))
            ? [.. parts.Where(part => tree.HasPictures(part.Pictures))]
            : [];
    }

    // p0.jpg and p0_mask.png in one folder.
    private static IReadOnlyList<FolderPart> Flat(DatasetTree tree)
    {
        IReadOnlyList<string> splits = SplitNames.Parts(tree.Folders(""));
        var places = splits.Count > 0 ? splits.Select(split => (Split: split, Folder: split)) : [(Split: SplitNames.All, Folder: "")];
        string[] suffixes = tree.Options.LabelSuffix is { } given
            ? [DatasetTree.IsPicture(given) ? DatasetTree.Stem(given) : given]
            : FlatSuffixes;
        var parts = places
            .Select(place => (place.Split, place.Folder, Suffix: Array.Find(suffixes, suffix => IsFlat(tree, place.Folder, suffix))))
            .ToList();
        return parts.Exists(part => part.Suffix is not null)
            ?
            [
                .. parts
                    .Where(part => tree.HasPictures(part.Folder))
                    .Select(part => new FolderPart(part.Split, part.Folder, part.Suffix is null ? [] : [("masks", part.Folder)])
                    {
                        Beside = part.Suffix,
                    }),
            ]
            : [];
    }

    // Half of the pictures or more have a label of that suffix.
    private static bool IsFlat(DatasetTree tree, string folder, string suffix)
    {
        var stems = tree.Files(folder).Where(DatasetTree.IsPicture).Select(DatasetTree.Stem).ToHashSet(StringComparer.Ordinal);
        var labels = stems.Count(stem => stem.EndsWith(suffix, StringComparison.Ordinal) && stems.Contains(stem[..^suffix.Length]));
        return labels > 0 && labels * 3 >= stems.Count;
    }

    private static string? Named(DatasetTree tree, string below, IReadOnlyList<string> names)
    {
        var folders = tree.Folders(below);
        return names
            .Select(name =>
                folders.FirstOrDefault(folder => folder == name)
                ?? folders.FirstOrDefault(folder => string.Equals(folder, name, StringComparison.OrdinalIgnoreCase))
            )
            .FirstOrDefault(found => found is not null);
    }
}
