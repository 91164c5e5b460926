using System.Text.Json;
using System.Text.RegularExpressions;
using Lumen.Core.Files;

namespace Lumen.Datasets;

/// <summary>
/// COCO (Lin et al. 2014; panoptic: Kirillov et al. 2019): <c>annotations/instances_PART.json</c> (and <c>stuff_</c>, <c>panoptic_</c>, <c>captions_</c>, <c>person_keypoints_</c>), pictures in
/// <c>PART/</c> or <c>images/PART/</c>. New pictures and annotations get ids that no file uses yet; panoptic segment ids stay, because they are coded in the pixels.
/// </summary>
internal sealed partial class CocoFormat : IDatasetFormat
{
    private const string Folder = "annotations";

    public string Name => "coco";

    public string Expected => "annotations/instances_train.json (or panoptic_, stuff_, captions_) with the pictures in train/ or images/train/";

    public Dataset? TryOpen(DatasetTree tree)
    {
        var files = tree.Files(Folder).Select(file => (File: DatasetTree.Join(Folder, file), Match: AnnotationName().Match(file))).Where(found => found.Match.Success)
            .Select(found => new CocoFile(found.File, found.Match.Groups["task"].Value, found.Match.Groups["split"].Value))
            .Where(file => file.Task.Length > 0 || SplitNames.IsKnown(file.Split)).ToList();
        return files.Count > 0 ? new Coco(tree, Name, files) : null;
    }

    [GeneratedRegex(@"^(?:(?<task>instances|stuff|panoptic|captions|person_keypoints|image_info)_)?(?<split>[^/]+)\.json$")]
    private static partial Regex AnnotationName();

    private sealed class Coco(DatasetTree tree, string format, IReadOnlyList<CocoFile> files) : Dataset(tree, format)
    {
        private static readonly string[] Best = ["instances", "", "panoptic", "stuff", "person_keypoints", "captions", "image_info"];
        private ClassTable? _classes;

        public override IReadOnlyList<string> Splits { get; } = SplitNames.Sorted(files.Select(file => file.Split).Distinct());

        public override bool NamesEndings => true;

        public override ClassTable Classes => _classes ??= new ClassTable([.. files.Where(file => file.Split == Splits[0]).SelectMany(file => JsonSections.Elements(Tree.Full(file.Name), "categories"))
            .Select(entry => entry.Value).Select(one => new DatasetClass(one.GetProperty("id").GetInt32(), one.TryGetProperty("name", out var name) ? name.GetString() ?? "" : "")).DistinctBy(one => one.Id).OrderBy(one => one.Id)], Ignore: 0);

        // Maps of things and stuff use other numbers than the categories, depending on who made them.
        public override bool Allows(LabelFile label, int id) => true;

        internal override bool ListsHoldGeometry => true;

        internal override IEnumerable<string> Lists() => files.Select(file => file.Name);

        internal override IEnumerable<DatasetFault> CheckLists() => files.SelectMany(file => CocoCheck.Run(Tree.Full(file.Name), file.Name));

        internal override void WriteLists(string folder, DatasetVariants variants)
        {
            var writer = new CocoWriter(variants, VariantName);
            foreach (var file in files) writer.Reserve(Tree.Full(file.Name));
            foreach (var split in Splits)
            {
                writer.Begin(Pictures(split));
                foreach (var file in files.Where(file => file.Split == split)) writer.Write(Tree.Full(file.Name), Path.Combine(folder, file.Name), file.Task);
            }
        }

        private protected override IEnumerable<DatasetItem> Read(string split)
        {
            var captions = Captions(split);
            var folders = Tree.Folders("").Where(name => name is not (Folder or "images") && Tree.HasFolder(DatasetTree.Join(name, split))).ToList();
            foreach (var (image, picture) in Images(split))
            {
                var stem = DatasetTree.Stem(Path.GetFileName(picture));
                var labels = new List<LabelFile>();
                Add(labels, LabelKind.Panoptic, stem, DatasetTree.Join(Folder, $"panoptic_{split}"), $"panoptic_{split}");
                Add(labels, LabelKind.Classes, stem, DatasetTree.Join(Folder, $"stuff_{split}_pixelmaps"), $"stuff_{split}_pixelmaps");
                foreach (var folder in folders)
                    if (Tree.WithEnding(DatasetTree.Join(folder, split, stem)) is { } found && found != picture) labels.Add(new LabelFile(FolderNames.KindOf(folder, found), found, folder));
                yield return new DatasetItem(picture, split, labels)
                {
                    Caption = captions.GetValueOrDefault(IdOf(image)),
                    DeclaredSize = image.TryGetProperty("width", out var width) && image.TryGetProperty("height", out var height) ? (width.GetInt32(), height.GetInt32()) : null,
                    Place = $"{Main(split)}, image {IdOf(image)}",
                };
            }
        }

        private static long IdOf(JsonElement image) => image.TryGetProperty("id", out var id) && id.TryGetInt64(out var number) ? number : -1;

        private void Add(List<LabelFile> labels, LabelKind kind, string stem, params ReadOnlySpan<string> places)
        {
            foreach (var place in places)
            {
                if (!Tree.HasFolder(place)) continue;
                labels.Add(new LabelFile(kind, DatasetTree.Join(place, stem + ".png"), Path.GetFileName(place).Split('_')[0]));
                return;
            }
        }

        private IEnumerable<(long Id, string Picture)> Pictures(string split) => Images(split).Select(found => (IdOf(found.Image), found.Picture));

        private IEnumerable<(JsonElement Image, string Picture)> Images(string split)
        {
            string? folder = null;
            foreach (var image in JsonSections.Elements(Tree.Full(Main(split)), "images").Select(entry => entry.Value))
            {
                if (!image.TryGetProperty("file_name", out var name) || name.GetString() is not { Length: > 0 } file) continue;
                folder ??= new[] { split, $"images/{split}", "images", "" }.FirstOrDefault(place => Tree.HasFile(DatasetTree.Join(place, file)));
                yield return (image, DatasetTree.Join(folder ?? (Tree.HasFolder(split) ? split : $"images/{split}"), file));
            }
        }

        private string Main(string split) => files.Where(file => file.Split == split).OrderBy(file => Array.IndexOf(Best, file.Task)).First().Name;

        private Dictionary<long, string> Captions(string split)
        {
            var captions = new Dictionary<long, string>();
            foreach (var file in files.Where(file => file.Split == split && file.Task == "captions"))
                foreach (var one in JsonSections.Elements(Tree.Full(file.Name), "annotations").Select(entry => entry.Value))
                    if (one.TryGetProperty("image_id", out var id) && one.TryGetProperty("caption", out var text) && text.GetString() is { } caption) captions.TryAdd(id.GetInt64(), caption.Trim());
            return captions;
        }
    }

    /// <summary>An annotation file.</summary>
    /// <param name="Name">Path below the data set's folder.</param>
    /// <param name="Task"><c>instances</c>, <c>panoptic</c>, ...; empty where the name is just the part.</param>
    /// <param name="Split">Part, such as <c>train2017</c>.</param>
    private sealed record CocoFile(string Name, string Task, string Split);
}
