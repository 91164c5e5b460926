using System.Globalization;

namespace Lumen.Datasets;

/// <summary>
/// ADE20K as the scene parsing challenge lays it out (Zhou et al. 2017): <c>images/training/X.jpg</c>, <c>annotations/training/X.png</c>
/// with ids 1 to 150 and 0 for other things,
/// <c>sceneCategories.txt</c> with the kind of scene, <c>objectInfo150.txt</c> with the names.
/// </summary>
internal sealed class Ade20KFormat : IDatasetFormat
{
    public string Name => "ade20k";

    public string Expected => "images/training/ with annotations/training/";

    public Dataset? TryOpen(DatasetTree tree) =>
        tree.HasFolder("images/training") && tree.HasFolder("annotations/training") ? new Ade20K(tree, Name) : null;

    private sealed class Ade20K(DatasetTree tree, string format) : Dataset(tree, format)
    {
        private const string Scenes = "sceneCategories.txt",
            Objects = "objectInfo150.txt";
        private Dictionary<string, string>? _scenes;

        public override IReadOnlyList<string> Splits { get; } = SplitNames.Parts(tree.Folders("images"));

        public override ClassTable Classes { get; } = ReadClasses(tree);

        public override IEnumerable<string> Lists() => Tree.HasFile(Scenes) ? [Scenes] : [];

        public override void WriteLists(string folder, DatasetVariants variants)
        {
            foreach (var list in Lists())
            {
                ListFile.Write(
                    Tree.Full(list),
                    Path.Combine(folder, list),
                    variants,
                    line => $"images/training/{Words(line)[0]}.jpg",
                    (line, variant) => string.Join(' ', [VariantStem(Words(line)[0], variant.Number), .. Words(line)[1..]])
                );
            }
        }

        protected override IEnumerable<DatasetItem> Read(string split)
        {
            var folders = Tree.Folders("").Where(folder => folder != "images" && Tree.HasFolder(DatasetTree.Join(folder, split))).ToList();
            foreach (var name in Tree.Pictures(DatasetTree.Join("images", split)))
            {
                var labels = new List<LabelFile>();
                foreach (var folder in folders)
                {
                    var stem = DatasetTree.Join(folder, split, DatasetTree.Stem(name));
                    if (Tree.WithEnding(stem) is { } found)
                        labels.Add(new LabelFile(FolderNames.KindOf(folder, found), found, folder));
                    else if (folder == "annotations")
                        labels.Add(new LabelFile(LabelKind.Classes, stem + ".png", folder));
                }
                yield return new DatasetItem(DatasetTree.Join("images", split, name), split, labels)
                {
                    Caption = SceneOf(DatasetTree.Stem(Path.GetFileName(name))),
                };
            }
        }

        private static ClassTable ReadClasses(DatasetTree tree)
        {
            if (!tree.HasFile(Objects))
                return new ClassTable(
                    [.. Enumerable.Range(1, 150).Select(id => new DatasetClass(id, id.ToString(CultureInfo.InvariantCulture)))],
                    Ignore: 0
                );
            var rows = tree.Lines(Objects)
                .Select(line => line.Text.Split('\t'))
                .Where(row => int.TryParse(row[0], NumberStyles.None, CultureInfo.InvariantCulture, out _));
            return new ClassTable(
                [.. rows.Select(row => new DatasetClass(int.Parse(row[0], CultureInfo.InvariantCulture), row[^1].Split(',')[0].Trim()))],
                Ignore: 0
            );
        }

        private static string[] Words(string line) =>
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        private string? SceneOf(string stem)
        {
            if (!Tree.HasFile(Scenes))
                return null;
            _scenes ??= Tree.Lines(Scenes)
                .Select(line => Words(line.Text))
                .Where(words => words.Length > 1)
                .GroupBy(words => words[0], StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.First()[1].Replace('_', ' '), StringComparer.Ordinal);
            return _scenes.GetValueOrDefault(stem) is { } scene and not "misc" ? scene : null;
        }
    }
}
