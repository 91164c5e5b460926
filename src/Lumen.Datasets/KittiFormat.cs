namespace Lumen.Datasets;

/// <summary>
/// KITTI depth (Uhrig et al. 2017): <c>PART/DRIVE/proj_depth/groundtruth/image_02/FRAME.png</c>, 16 bits, 256 steps a metre, 0 where
/// nothing was measured; the pictures of the raw recordings in
/// <c>PART/DRIVE/image_02/data</c> or <c>DATE/DRIVE/image_02/data</c>. Frames keep their numbers; new pictures are drives of their own
/// (<c>DRIVE_lumen0</c>).
/// </summary>
internal sealed class KittiFormat : IDatasetFormat
{
    private const string Depth = "proj_depth";
    private const float Steps = 256;

    public string Name => "kitti";

    public string Expected =>
        "train/DRIVE/proj_depth/groundtruth/image_02/ with the pictures in DATE/DRIVE/image_02/data/ or train/DRIVE/image_02/data/";

    public Dataset? TryOpen(DatasetTree tree)
    {
        var splits = SplitNames.Parts(
            tree.Folders("").Where(split => tree.Folders(split).Any(drive => tree.HasFolder(DatasetTree.Join(split, drive, Depth))))
        );
        return splits.Count > 0 ? new Kitti(tree, Name, splits) : null;
    }

    private sealed class Kitti(DatasetTree tree, string format, IReadOnlyList<string> splits) : Dataset(tree, format)
    {
        public override IReadOnlyList<string> Splits => splits;

        public override string VariantName(string file, int number) =>
            string.Join(
                '/',
                file.Split('/').Select(part => part.Contains("_drive_", StringComparison.Ordinal) ? $"{part}_lumen{number}" : part)
            );

        protected override IEnumerable<DatasetItem> Read(string split) =>
            from drive in Tree.Folders(split)
            let truth = DatasetTree.Join(split, drive, Depth, "groundtruth")
            from camera in Tree.Folders(truth)
            from frame in Tree.Files(DatasetTree.Join(truth, camera)).Where(DatasetTree.IsPicture)
            select new DatasetItem(Picture(split, drive, camera, DatasetTree.Stem(frame)), split, [.. Labels(split, drive, camera, frame)]);

        private IEnumerable<LabelFile> Labels(string split, string drive, string camera, string frame) =>
            from kind in Tree.Folders(DatasetTree.Join(split, drive, Depth))
            let name = DatasetTree.Join(split, drive, Depth, kind, camera, frame)
            where Tree.HasFile(name)
            select new LabelFile(LabelKind.Depth, name, kind) { StepsPerMetre = Steps };

        private string Picture(string split, string drive, string camera, string frame)
        {
            var date = drive.Length >= 10 ? drive[..10] : drive;
            var places = new[]
            {
                DatasetTree.Join(split, drive),
                DatasetTree.Join(date, drive),
                DatasetTree.Join("raw", date, drive),
                DatasetTree.Join("raw", drive),
                DatasetTree.Join("raw", split, drive),
            };
            var names = places
                .SelectMany(place => new[] { ".png", ".jpg" }, (place, ending) => DatasetTree.Join(place, camera, "data", frame + ending))
                .ToList();
            return names.FirstOrDefault(Tree.HasFile) ?? names[0];
        }
    }
}
