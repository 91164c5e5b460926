using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>
/// COCO (Lin et al. 2014; panoptic: Kirillov et al. 2019) and what others write in its form, see <see cref="CocoFiles"/>. Pictures and
/// masks are where the files' <c>file_name</c> says, sub-folders included. New pictures and annotations get ids that no file uses yet;
/// panoptic segment ids stay, because they are coded in the pixels.
/// </summary>
internal sealed class CocoFormat : IDatasetFormat
{
    public string Name => "coco";

    public string Expected =>
        "annotations/instances_train.json (or panoptic_, stuff_, captions_) with the pictures in train/ or images/train/; "
        + "train/_annotations.coco.json beside the pictures; or one COCO file above them";

    public Dataset? TryOpen(DatasetTree tree) => CocoFiles.Find(tree) is { Count: > 0 } files ? new Coco(tree, Name, files) : null;

    private sealed class Coco(DatasetTree tree, string format, IReadOnlyList<CocoFile> files) : Dataset(tree, format)
    {
        private ClassTable? _classes;

        public override IReadOnlyList<string> Splits { get; } = SplitNames.Sorted(files.Select(file => file.Split).Distinct());

        public override bool NamesEndings => true;

        public override ClassTable Classes => _classes ??= new ClassTable(ReadClasses(), Ignore: 0);

        // Maps of things and stuff use other numbers than the categories, depending on who made them.
        public override bool Allows(LabelFile label, int id) => true;

        public override bool ListsHoldGeometry => true;

        public override IEnumerable<string> Lists() => files.Select(file => file.Name);

        public override IEnumerable<DatasetFault> CheckLists()
        {
            foreach (var split in Splits)
            {
                var (main, places) = (Main(split), PlacesOf(split));
                var listed = new HashSet<string>(StringComparer.Ordinal);
                foreach (var image in Images(split, refuses: false))
                    listed.Add(image.Id);
                foreach (var file in files.Where(file => file.Split == split))
                foreach (var fault in new CocoCheck(Tree, file, places, file == main ? null : listed).Run())
                    yield return fault;
            }
        }

        // What is wrong with an entry of a list is said by CheckLists.
        public override IEnumerable<DatasetItem> Checkable(string split)
        {
            var known = new HashSet<string>(StringComparer.Ordinal);
            return Read(split, refuses: false).Where(item => known.Add(item.Picture));
        }

        public override void WriteLists(string folder, DatasetVariants variants)
        {
            var writer = new CocoWriter(variants, VariantName);
            foreach (var file in files)
                writer.Reserve(Tree.Full(file.Name));
            foreach (var split in Splits)
            {
                writer.Begin(Images(split, refuses: true).Select(image => (image.Id, image.Picture)));
                foreach (var file in files.Where(file => file.Split == split))
                    writer.Write(Tree.Full(file.Name), Path.Combine(folder, file.Name), file.Task);
            }
        }

        protected override IEnumerable<DatasetItem> Read(string split) => Read(split, refuses: true);

        private IEnumerable<DatasetItem> Read(string split, bool refuses)
        {
            var (captions, masks, places) = (Captions(split), Masks(split), PlacesOf(split));
            foreach (var image in Images(split, refuses))
            {
                var labels = new List<LabelFile>();
                var mask = masks is null ? places.Map($"panoptic_{split}", image.FileName) : masks.GetValueOrDefault(image.Id);
                if (mask is not null)
                    labels.Add(new LabelFile(LabelKind.Panoptic, mask, "panoptic"));
                if (places.Map($"stuff_{split}_pixelmaps", image.FileName) is { } map)
                    labels.Add(new LabelFile(LabelKind.Classes, map, "stuff"));
                foreach (var (folder, found) in places.Beside(image.Picture, image.FileName))
                    if (found != mask)
                        labels.Add(new LabelFile(FolderNames.KindOf(folder, found), found, folder));
                yield return new DatasetItem(image.Picture, split, labels)
                {
                    Caption = captions.GetValueOrDefault(image.Id),
                    DeclaredSize =
                        Side(image.Entry["width"]) is { } width && Side(image.Entry["height"]) is { } height ? (width, height) : null,
                    Place = $"{Main(split).Name}, image {image.Id}",
                };
            }
        }

        private static int? Side(JsonEntry? side) => side?.TryLong() is { } number and > 0 and <= int.MaxValue ? (int)number : null;

        private IEnumerable<(string Id, string FileName, string Picture, JsonEntry Entry)> Images(string split, bool refuses)
        {
            var places = PlacesOf(split);
            foreach (var entry in JsonSections.Elements(Tree.Full(Main(split).Name), "images"))
            {
                if (Image(entry, places, refuses) is var (id, file, picture))
                    yield return (id, file, picture, entry);
            }
        }

        private static (string Id, string FileName, string Picture)? Image(JsonEntry entry, CocoPlaces places, bool refuses)
        {
            try
            {
                var (id, file) = (entry.Required("id").Id(), CocoCheck.FileName(entry));
                return (id, file, places.Picture(file));
            }
            catch (LumenException) when (!refuses)
            {
                return null;
            }
        }

        private CocoFile Main(string split) => files.Where(file => file.Split == split).OrderBy(file => file.Rank).First();

        private CocoPlaces PlacesOf(string split) => new(Tree, Main(split));

        private IEnumerable<JsonEntry> Annotations(string split, string task) =>
            files
                .Where(file => file.Split == split && file.Task == task)
                .SelectMany(file => JsonSections.Elements(Tree.Full(file.Name), "annotations"))
                .Where(one => one.Kind == System.Text.Json.JsonValueKind.Object);

        private Dictionary<string, string> Captions(string split)
        {
            var captions = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var one in Annotations(split, "captions"))
                if (one["image_id"]?.TryId() is { } id && one["caption"]?.TryText() is { } caption)
                    captions.TryAdd(id, caption.Trim());
            return captions;
        }

        // Null where no file names masks.
        private Dictionary<string, string>? Masks(string split)
        {
            var (masks, places) = (new Dictionary<string, string>(StringComparer.Ordinal), PlacesOf(split));
            foreach (var file in files.Where(file => file.Split == split))
            {
                if (file.Task is not ("panoptic" or ""))
                    continue;
                foreach (
                    var one in JsonSections
                        .Elements(Tree.Full(file.Name), "annotations")
                        .Where(one => one.Kind == System.Text.Json.JsonValueKind.Object)
                )
                    if (
                        one["file_name"]?.TryText() is { Length: > 0 } name
                        && one["image_id"]?.TryId() is { } id
                        && places.Mask(file, name) is { } mask
                    )
                        masks.TryAdd(id, mask);
            }
            return masks.Count > 0 ? masks : null;
        }

        private List<DatasetClass> ReadClasses()
        {
            var classes = new List<DatasetClass>();
            foreach (
                var one in files
                    .Where(file => file.Split == Splits[0])
                    .SelectMany(file => JsonSections.Elements(Tree.Full(file.Name), "categories"))
            )
            {
                var id = one.Required("id").Id();
                var name = one["name"]?.Text() ?? "";
                // An id that is no number is a name: the class gets the number of its place.
                classes.Add(
                    int.TryParse(
                        id,
                        System.Globalization.NumberStyles.AllowLeadingSign,
                        System.Globalization.CultureInfo.InvariantCulture,
                        out var number
                    )
                        ? new DatasetClass(number, name)
                        : new DatasetClass(classes.Count + 1, name.Length > 0 ? name : id)
                );
            }
            return [.. classes.DistinctBy(one => one.Id).OrderBy(one => one.Id)];
        }
    }
}
