namespace Lumen.Datasets;

/// <summary>Any folder of pictures, without labels and however deep; folders that are called as parts are (<c>train</c>, <c>val_small</c>, <c>test</c>), wherever they are, are its parts.</summary>
internal sealed class PlainPictures : Dataset
{
    /// <summary>What it is called, though no flag asks for it.</summary>
    public const string FormatName = "pictures";

    private readonly bool _hasParts;

    private PlainPictures(DatasetTree tree, IReadOnlyList<string> splits)
        : base(tree, FormatName) => (Splits, _hasParts) = (splits, splits is not [SplitNames.All]);

    public override IReadOnlyList<string> Splits { get; }

    /// <summary>The pictures of a folder, or null where there are none.</summary>
    public static PlainPictures? TryOpen(DatasetTree tree)
    {
        var parts = SplitNames.Parts(PartFolders(tree, "").Where(tree.HasPictures).Select(folder => folder[(folder.LastIndexOf('/') + 1)..]).Distinct());
        if (parts.Count == 0) return tree.HasPictures("") ? new PlainPictures(tree, [SplitNames.All]) : null;
        // Without a training part, what lies outside the held-out ones may be trained on.
        return new PlainPictures(tree, parts.Any(SplitNames.IsTraining) || tree.Pictures("").All(name => SplitNames.PartOf(name) is not null) ? parts : [SplitNames.All, .. parts]);
    }

    private protected override IEnumerable<DatasetItem> Read(string split) =>
        Tree.Pictures("").Where(name => !_hasParts || (SplitNames.PartOf(name) ?? SplitNames.All) == split).Select(name => new DatasetItem(name, split, []));

    private static IEnumerable<string> PartFolders(DatasetTree tree, string folder) =>
        tree.Folders(folder).SelectMany(child => SplitNames.IsKnown(child) ? [DatasetTree.Join(folder, child)] : PartFolders(tree, DatasetTree.Join(folder, child)));
}
