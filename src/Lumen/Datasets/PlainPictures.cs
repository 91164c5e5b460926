namespace Lumen.Datasets;

/// <summary>Any folder of pictures, without labels and however deep; folders directly in it that are called as parts are (<c>train</c>, <c>val</c>, <c>test</c>) are its parts.</summary>
internal sealed class PlainPictures : Dataset
{
    /// <summary>What it is called, though no flag asks for it.</summary>
    public const string FormatName = "pictures";

    private PlainPictures(DatasetTree tree, IReadOnlyList<string> splits)
        : base(tree, FormatName) => Splits = splits;

    public override IReadOnlyList<string> Splits { get; }

    /// <summary>The pictures of a folder, or null where there are none.</summary>
    public static PlainPictures? TryOpen(DatasetTree tree)
    {
        var parts = tree.Folders("").Where(split => SplitNames.IsKnown(split) && tree.HasPictures(split)).OrderBy(SplitNames.Order).ToList();
        if (parts.Count > 0) return new PlainPictures(tree, parts);
        return tree.HasPictures("") ? new PlainPictures(tree, [SplitNames.All]) : null;
    }

    private protected override IEnumerable<DatasetItem> Read(string split)
    {
        var folder = split == SplitNames.All ? "" : split;
        return Tree.Pictures(folder).Select(name => new DatasetItem(DatasetTree.Join(folder, name), split, []));
    }
}
