using System.Globalization;

namespace Lumen.Datasets;

/// <summary>
/// Any folder of pictures, without labels and however deep; folders that are called as parts are (<c>train</c>, <c>val_small</c>,
/// <c>test</c>), wherever they are, are its parts. Folders that are called as labels are, and hold files of the names of other pictures,
/// are no pictures.
/// </summary>
public sealed class PlainPictures : Dataset
{
    /// <summary>What it is called, though no flag asks for it.</summary>
    public const string FormatName = "pictures";

    private readonly bool _hasParts;
    private IReadOnlyList<string>? _labels;

    private PlainPictures(DatasetTree tree, IReadOnlyList<string> splits)
        : base(tree, FormatName) => (Splits, _hasParts) = (splits, splits is not [SplitNames.All]);

    public override IReadOnlyList<string> Splits { get; }

    /// <summary>The pictures of a folder, or null where there are none.</summary>
    public static PlainPictures? TryOpen(DatasetTree tree)
    {
        var parts = SplitNames.Parts(
            PartFolders(tree, "").Where(tree.HasPictures).Select(folder => folder[(folder.LastIndexOf('/') + 1)..]).Distinct()
        );
        if (parts.Count == 0)
            return tree.HasPictures("") ? new PlainPictures(tree, [SplitNames.All]) : null;
        // Without a training part, what lies outside the held-out ones may be trained on.
        return new PlainPictures(
            tree,
            parts.Any(SplitNames.IsTraining) || tree.Pictures("").All(name => SplitNames.PartOf(name) is not null)
                ? parts
                : [SplitNames.All, .. parts]
        );
    }

    // Folders of labels.
    private IReadOnlyList<string> Labels => _labels ??= [.. LabelFolders("").Where(IsOfOthers)];

    public override IEnumerable<string> Notes()
    {
        foreach (var note in base.Notes())
            yield return note;
        foreach (var folder in Labels)
            yield return $"{Tree.Pictures(folder).Count().ToString(CultureInfo.InvariantCulture)} pictures in {folder} are called as other "
                + "pictures are: they are taken for labels and not used. Call the folder of the pictures images if they are to be used "
                + "together.";
    }

    protected override IEnumerable<DatasetItem> Read(string split) =>
        Tree.Pictures("")
            .Where(name => !IsLabel(name))
            .Where(name => !_hasParts || (SplitNames.PartOf(name) ?? SplitNames.All) == split)
            .Select(name => new DatasetItem(name, split, []));

    private static IEnumerable<string> PartFolders(DatasetTree tree, string folder) =>
        tree.Folders(folder)
            .SelectMany(child =>
                SplitNames.IsKnown(child) ? [DatasetTree.Join(folder, child)] : PartFolders(tree, DatasetTree.Join(folder, child))
            );

    private bool IsLabel(string name) => Labels.Any(folder => name.StartsWith(folder + "/", StringComparison.Ordinal));

    private IEnumerable<string> LabelFolders(string folder) =>
        Tree.Folders(folder)
            .SelectMany(child =>
                FolderNames.IsLabels(child) && Tree.HasPictures(DatasetTree.Join(folder, child))
                    ? [DatasetTree.Join(folder, child)]
                    : LabelFolders(DatasetTree.Join(folder, child))
            );

    // Half of the files or more have the name of a picture that lies elsewhere: classes of pictures, such as with_mask and without_mask, do
    // not.
    private bool IsOfOthers(string folder)
    {
        var stems = Tree.Pictures("")
            .Where(name => !name.Split('/')[..^1].Any(FolderNames.IsLabels))
            .Select(name => DatasetTree.Normal(DatasetTree.Stem(Path.GetFileName(name))))
            .ToHashSet(StringComparer.Ordinal);
        var own = Tree.Pictures(folder).Select(name => DatasetTree.Normal(DatasetTree.Stem(Path.GetFileName(name)))).ToList();
        return own.Count(stems.Contains) * 2 >= own.Count;
    }
}
