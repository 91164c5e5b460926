namespace Lumen.Datasets;

/// <summary>
/// NYU Depth v2 (Silberman et al. 2012) as folders: pictures with 16-bit depth in millimetres under the same names beside them, or scenes
/// of <c>rgb_N</c> and <c>sync_depth_N</c>
/// with lists of both paths (and the focal length) a line.
/// </summary>
internal sealed class NyuFormat : IDatasetFormat
{
    private const string Rgb = "rgb_",
        Sync = "sync_depth_";

    public string Name => "nyuv2";

    public string Expected => "images/ and depth/ (16-bit PNG in millimetres), or scene folders with rgb_N.jpg and sync_depth_N.png";

    public Dataset? TryOpen(DatasetTree tree)
    {
        if (tree.Folders("").Any(folder => tree.Files(folder).Any(file => file.StartsWith(Sync, StringComparison.Ordinal))))
            return new Scenes(tree, Name);
        string[] places = ["", .. tree.Folders("").Where(SplitNames.IsKnown)];
        return places.Any(place => FolderNames.Depth.Any(depth => tree.HasFolder(DatasetTree.Join(place, depth))))
            ? FolderDataset.TryOpen(tree, Name, FolderNames.Pictures)
            : null;
    }

    private sealed class Scenes(DatasetTree tree, string format) : Dataset(tree, format)
    {
        private readonly string[] _lists =
        [
            .. tree.Files("")
                .Where(file =>
                    file.EndsWith(".txt", StringComparison.Ordinal)
                    && PartOf(file) is not null
                    && First(tree, file).Contains(Sync, StringComparison.Ordinal)
                ),
        ];

        public override IReadOnlyList<string> Splits =>
            _lists.Length == 0 ? [SplitNames.All] : SplitNames.Parts(_lists.Select(list => PartOf(list)!).Distinct());

        public override bool NamesEndings => _lists.Length > 0;

        public override IEnumerable<string> Lists() => _lists;

        public override void WriteLists(string folder, DatasetVariants variants)
        {
            foreach (var list in _lists)
            {
                ListFile.Write(
                    Tree.Full(list),
                    Path.Combine(folder, list),
                    variants,
                    line => Words(line)[0].TrimStart('/'),
                    (line, variant) =>
                        string.Join(' ', [variant.Picture, VariantName(Words(line)[1].TrimStart('/'), variant.Number), .. Words(line)[2..]])
                );
            }
        }

        protected override IEnumerable<DatasetItem> Read(string split)
        {
            if (_lists.Length == 0)
                return Tree.Folders("")
                    .SelectMany(scene =>
                        Tree.Files(scene)
                            .Where(file => file.StartsWith(Rgb, StringComparison.Ordinal))
                            .Select(file => Item(DatasetTree.Join(scene, file), null, split, null))
                    );
            return _lists
                .Where(list => PartOf(list) == split)
                .SelectMany(list =>
                    Tree.Lines(list)
                        .Select(line =>
                            Words(line.Text) is [var picture, var depth, ..]
                                ? Item(picture.TrimStart('/'), depth.TrimStart('/'), split, $"{list}, line {line.Number}")
                                : throw new LumenException(
                                    LumenErrorKind.Dataset,
                                    $"{Path.Combine(Root, list)}, line {line.Number} must name a picture and its depth, separated "
                                        + $"by a space, but is \"{line.Text}\"."
                                )
                        )
                );
        }

        private static DatasetItem Item(string picture, string? depth, string split, string? place)
        {
            depth ??= DatasetTree.Join(
                DatasetTree.Folder(picture),
                string.Concat(Sync, DatasetTree.Stem(Path.GetFileName(picture)).AsSpan(Rgb.Length), ".png")
            );
            return new DatasetItem(picture, split, [new LabelFile(LabelKind.Depth, depth, "depth")]) { Place = place };
        }

        private static string? PartOf(string list) =>
            DatasetTree.Stem(list) is var stem && SplitNames.IsHeldOut(stem)
                ? stem.Split('_', '-', '.').FirstOrDefault(SplitNames.IsHeldOut) ?? stem
                : stem.Split('_', '-', '.').FirstOrDefault(SplitNames.IsTraining);

        private static string First(DatasetTree tree, string list) => tree.Lines(list).FirstOrDefault().Text ?? "";

        private static string[] Words(string line) =>
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
