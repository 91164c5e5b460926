using System.Globalization;
using System.Text.RegularExpressions;

namespace Lumen.Datasets;

/// <summary>
/// Cityscapes (Cordts et al. 2016): <c>leftImg8bit/PART/CITY/CITY_SEQUENCE_FRAME_leftImg8bit.png</c>; everything that begins with
/// <c>CITY_SEQUENCE_FRAME_</c> in the other trees (<c>gtFine</c>, <c>gtCoarse</c>, <c>disparity</c>, ...) belongs to it. New pictures get
/// sequence numbers from 1000 on, which the data set itself does not use.
/// </summary>
internal sealed partial class CityscapesFormat : IDatasetFormat
{
    private const string Pictures = "leftImg8bit";

    public string Name => "cityscapes";

    public string Expected => "leftImg8bit/train/CITY/ with gtFine/train/CITY/";

    public Dataset? TryOpen(DatasetTree tree)
    {
        var splits = SplitNames.Sorted(tree.Folders(Pictures));
        return splits.Count > 0 ? new Cityscapes(tree, Name, splits) : null;
    }

    [GeneratedRegex(@"^(?<city>.+?)_(?<sequence>\d+)_(?<frame>\d+)_(?<rest>.*)$")]
    private static partial Regex FrameName();

    private sealed class Cityscapes(DatasetTree tree, string format, IReadOnlyList<string> splits) : Dataset(tree, format)
    {
        private const int FirstNewSequence = 1000;

        private static readonly string[] Ids =
        [
            "unlabeled",
            "ego vehicle",
            "rectification border",
            "out of roi",
            "static",
            "dynamic",
            "ground",
            "road",
            "sidewalk",
            "parking",
            "rail track",
            "building",
            "wall",
            "fence",
            "guard rail",
            "bridge",
            "tunnel",
            "pole",
            "polegroup",
            "traffic light",
            "traffic sign",
            "vegetation",
            "terrain",
            "sky",
            "person",
            "rider",
            "car",
            "truck",
            "bus",
            "caravan",
            "trailer",
            "train",
            "motorcycle",
            "bicycle",
        ];

        public override IReadOnlyList<string> Splits => splits;

        public override ClassTable Classes { get; } = ClassTable.Named(0, Ids);

        // instanceIds are the class id, or 1000 times it and the number of the instance.
        public override bool Allows(LabelFile label, int id) =>
            label.Kind switch
            {
                LabelKind.Classes when label.Role.Contains("rainId", StringComparison.Ordinal) => id is < 19 or 255,
                LabelKind.Classes => Classes.Allows(id),
                LabelKind.Instances when label.Role.Contains("_instanceIds", StringComparison.Ordinal) => id < Ids.Length
                    || (id >= 1000 && id / 1000 < Ids.Length)
                    || id == ushort.MaxValue,
                _ => true,
            };

        // labelIds call it "unlabeled", the 19 classes of training have a number for it, and instances are numbered from 0 there.
        protected override int? IgnoreOf(LabelFile label) =>
            label.Role.Contains("rainId", StringComparison.Ordinal) ? byte.MaxValue
            : label.Kind == LabelKind.Classes ? 0
            : base.IgnoreOf(label);

        public override string VariantName(string file, int number)
        {
            var (folder, name) = (DatasetTree.Folder(file), Path.GetFileName(file));
            if (FrameName().Match(name) is not { Success: true } match)
                return base.VariantName(file, number);
            var sequence = int.Parse(match.Groups["sequence"].ValueSpan, CultureInfo.InvariantCulture) + FirstNewSequence * (number + 1);
            return DatasetTree.Join(folder, $"{match.Groups["city"]}_{sequence:D6}_{match.Groups["frame"]}_{match.Groups["rest"]}");
        }

        protected override IEnumerable<DatasetItem> Read(string split)
        {
            var trees = Tree.Folders("")
                .Where(name =>
                    name != Pictures
                    && !name.StartsWith("rightImg", StringComparison.Ordinal)
                    && Tree.HasFolder(DatasetTree.Join(name, split))
                )
                .ToList();
            foreach (var city in Tree.Folders(DatasetTree.Join(Pictures, split)))
            {
                var labels = trees
                    .SelectMany(tree => Tree.Files(DatasetTree.Join(tree, split, city)).Select(file => (Tree: tree, File: file)))
                    .Select(found => (Match: FrameName().Match(found.File), found.Tree, found.File))
                    .Where(found => found.Match.Success)
                    .ToLookup(
                        found => Key(found.Match),
                        found => Label(found.Match, DatasetTree.Join(found.Tree, split, city, found.File)),
                        StringComparer.Ordinal
                    );
                foreach (var file in Tree.Files(DatasetTree.Join(Pictures, split, city)).Where(DatasetTree.IsPicture))
                {
                    var match = FrameName().Match(file);
                    IReadOnlyList<LabelFile> own = match.Success ? [.. labels[Key(match)]] : [];
                    yield return new DatasetItem(
                        DatasetTree.Join(Pictures, split, city, file),
                        split,
                        own.Count > 0 ? own : Missing(trees, split, city, DatasetTree.Stem(file))
                    );
                }
            }
        }

        private static LabelFile[] Missing(List<string> trees, string split, string city, string stem)
        {
            if (trees.FirstOrDefault(tree => tree.StartsWith("gt", StringComparison.Ordinal)) is not { } tree)
                return [];
            var name = DatasetTree.Join(
                tree,
                split,
                city,
                $"{stem.Replace($"_{Pictures}", "", StringComparison.Ordinal)}_{tree}_labelIds.png"
            );
            return [new LabelFile(LabelKind.Classes, name, $"{tree}_labelIds")];
        }

        private static string Key(Match match) =>
            $"{match.Groups["city"].Value}_{match.Groups["sequence"].Value}_{match.Groups["frame"].Value}";

        private static LabelFile Label(Match match, string name)
        {
            var rest = DatasetTree.Stem(match.Groups["rest"].Value);
            var kind = rest[(rest.LastIndexOf('_') + 1)..] switch
            {
                "labelIds" or "labelTrainIds" => LabelKind.Classes,
                "instanceIds" or "instanceTrainIds" => LabelKind.Instances,
                "color" => LabelKind.Colours,
                "polygons" => LabelKind.Polygons,
                "disparity" => LabelKind.Depth,
                _ => LabelKind.Other,
            };
            // disparity is no distance
            return kind == LabelKind.Depth ? new LabelFile(kind, name, rest) { StepsPerMetre = null } : new LabelFile(kind, name, rest);
        }
    }
}
