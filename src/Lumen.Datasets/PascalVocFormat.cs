namespace Lumen.Datasets;

/// <summary>
/// Pascal VOC (Everingham et al. 2010): <c>JPEGImages</c>, <c>SegmentationClass</c>, <c>SegmentationObject</c>, <c>Annotations</c>, and
/// lists of names in <c>ImageSets</c>. Labels are copied as they are, palettes included. Readers expect <c>.jpg</c>, so new pictures are
/// JPEG.
/// </summary>
internal sealed class PascalVocFormat : IDatasetFormat
{
    private const string Pictures = "JPEGImages",
        Sets = "ImageSets";

    public string Name => "voc";

    public string Expected => "JPEGImages/ with ImageSets/Segmentation/train.txt";

    public Dataset? TryOpen(DatasetTree tree)
    {
        if (!tree.HasFolder(Pictures))
            return null;
        foreach (var set in (string[])["Segmentation", "Main", "Layout", ""])
        {
            var folder = DatasetTree.Join(Sets, set);
            // Lists of single classes (car_train) are no parts, though one class is called train.
            var splits = SplitNames.Parts(
                tree.Files(folder)
                    .Where(file => file.EndsWith(".txt", StringComparison.Ordinal))
                    .Select(DatasetTree.Stem)
                    .Where(name => SplitNames.BeginsTraining(name) || SplitNames.BeginsHeldOut(name))
                    .Where(name => set != "Main" || SplitNames.Words(name).Count == 1)
            );
            if (splits.Count > 0)
                return new PascalVoc(tree, Name, folder, splits);
        }
        return null;
    }

    private sealed class PascalVoc(DatasetTree tree, string format, string set, IReadOnlyList<string> splits) : Dataset(tree, format)
    {
        private readonly string[] _folders = [.. tree.Folders("").Where(folder => folder is not (Pictures or Sets))];

        public override IReadOnlyList<string> Splits => splits;

        private ClassTable? _classes;

        // Who has classes of their own says so in a file.
        public override ClassTable Classes =>
            _classes ??= ClassTable.Read(Tree) is { Classes.Count: > 0 } own
                ? own
                : ClassTable.Named(
                    0,
                    "background",
                    "aeroplane",
                    "bicycle",
                    "bird",
                    "boat",
                    "bottle",
                    "bus",
                    "car",
                    "cat",
                    "chair",
                    "cow",
                    "diningtable",
                    "dog",
                    "horse",
                    "motorbike",
                    "person",
                    "pottedplant",
                    "sheep",
                    "sofa",
                    "train",
                    "tvmonitor"
                );

        // Borders are 255 in both kinds of maps.
        protected override int? IgnoreOf(LabelFile label) => label.Kind == LabelKind.Instances ? byte.MaxValue : base.IgnoreOf(label);

        // Every list that may name training pictures: train, trainval, and those of single classes (car_train).
        public override IEnumerable<string> Lists() =>
            new[] { "" }
                .Concat(Tree.Folders(Sets))
                .SelectMany(folder =>
                    Tree.Files(DatasetTree.Join(Sets, folder)).Where(IsRewritten).Select(file => DatasetTree.Join(Sets, folder, file))
                );

        public override void WriteLists(string folder, DatasetVariants variants)
        {
            foreach (var list in Lists())
            {
                ListFile.Write(
                    Tree.Full(list),
                    Path.Combine(folder, list),
                    variants,
                    line => Picture(Stem(line)),
                    (line, variant) => VariantStem(Stem(line), variant.Number) + line.TrimStart()[Stem(line).Length..]
                );
            }
        }

        protected override IEnumerable<DatasetItem> Read(string split)
        {
            foreach (var (number, text) in Tree.Lines(DatasetTree.Join(set, $"{split}.txt")))
            {
                var stem = Stem(text);
                var labels = new List<LabelFile>();
                foreach (var folder in _folders)
                {
                    if (Tree.WithEnding(DatasetTree.Join(folder, stem)) is { } found)
                        labels.Add(new LabelFile(KindOf(folder, found), found, folder));
                    else if (set.EndsWith("Segmentation", StringComparison.Ordinal) && folder is "SegmentationClass")
                        labels.Add(new LabelFile(LabelKind.Classes, $"{folder}/{stem}.png", folder));
                }
                yield return new DatasetItem(Picture(stem), split, labels) { Place = $"{set}/{split}.txt, line {number}" };
            }
        }

        private static bool IsRewritten(string list) =>
            list.EndsWith(".txt", StringComparison.Ordinal) && !SplitNames.IsHeldOut(DatasetTree.Stem(list));

        private static LabelKind KindOf(string folder, string file) =>
            Path.GetExtension(file) switch
            {
                ".xml" => LabelKind.Boxes,
                ".png" when folder.StartsWith("SegmentationClass", StringComparison.Ordinal) => LabelKind.Classes,
                ".png" when folder.StartsWith("SegmentationObject", StringComparison.Ordinal) => LabelKind.Instances,
                _ => LabelKind.Other,
            };

        private static string Stem(string line) => line.Trim().Split(' ', '\t')[0];

        private string Picture(string stem)
        {
            if (stem.Contains("..", StringComparison.Ordinal))
                throw new LumenException(
                    LumenErrorKind.Dataset,
                    $"{Path.Combine(Root, set)} names \"{stem}\", which lies outside the data set."
                );
            var jpeg = $"{Pictures}/{stem}.jpg";
            return Tree.HasFile(jpeg) ? jpeg : Tree.PictureWithEnding($"{Pictures}/{stem}") ?? jpeg;
        }
    }
}
