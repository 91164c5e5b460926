using Lumen.Datasets;

namespace Lumen.Samples.Extension;

/// <summary>
/// A data-set format: <c>train.pairs</c> and <c>val.pairs</c> name a picture and a label file a line, separated by a tab.
/// </summary>
public sealed class PairsFormat : IDatasetFormat
{
    private const string Ending = ".pairs";

    /// <inheritdoc/>
    public string Name => "pairs";

    /// <inheritdoc/>
    public string Expected => "train.pairs with a picture and a label file a line, separated by a tab";

    /// <inheritdoc/>
    public Dataset? TryOpen(DatasetTree tree)
    {
        var parts = SplitNames.Parts(
            tree.Files("").Where(file => file.EndsWith(Ending, StringComparison.Ordinal)).Select(file => DatasetTree.Stem(file))
        );
        return parts.Count > 0 ? new Pairs(tree, Name, parts) : null;
    }

    private sealed class Pairs(DatasetTree tree, string format, IReadOnlyList<string> parts) : Dataset(tree, format)
    {
        public override IReadOnlyList<string> Splits => parts;

        public override bool NamesEndings => true;

        public override IEnumerable<string> Lists() => parts.Select(part => part + Ending);

        public override void WriteLists(string folder, DatasetVariants variants)
        {
            foreach (var list in Lists())
            {
                ListFile.Write(
                    Tree.Full(list),
                    Path.Combine(folder, list),
                    variants,
                    line => line.Split('\t')[0],
                    (line, variant) => $"{variant.Picture}\t{VariantName(line.Split('\t')[1], variant.Number)}"
                );
            }
        }

        protected override IEnumerable<DatasetItem> Read(string split) =>
            from line in Tree.Lines(split + Ending)
            let place = $"{split}{Ending}, line {line.Number}"
            select line.Text.Split('\t') is [var picture, var label]
                ? new DatasetItem(picture, split, [new LabelFile(LabelKind.Classes, label, "labels")]) { Place = place }
                : throw new LumenException($"{place} must name a picture and a label file, separated by a tab, but is \"{line.Text}\".");
    }
}
