using System.Globalization;

namespace Lumen.Datasets;

/// <summary>
/// Pictures for classification: a folder for each class in every part, <c>train/cat/x.png</c>, <c>train/dog/y.png</c>, without label files.
/// New pictures go into their source's folder.
/// </summary>
internal sealed class ClassFoldersFormat : IDatasetFormat
{
    private const int LeastClasses = 2;

    public string Name => "classfolders";

    public string Expected => "train/CLASS/ with pictures, for two classes or more";

    public Dataset? TryOpen(DatasetTree tree)
    {
        var parts = SplitNames.Parts(tree.Folders("").Where(part => ClassesOf(tree, part).Any()));
        var training = parts.FirstOrDefault(SplitNames.IsTraining);
        return
            training is null
            || ClassesOf(tree, training).Count() < LeastClasses
            || tree.Folders(training).Any(FolderNames.IsLabels)
            || tree.Files(training).Any(DatasetTree.IsPicture)
            ? null
            : new ClassFolders(tree, Name, parts);
    }

    private static IEnumerable<string> ClassesOf(DatasetTree tree, string part) =>
        tree.Folders(part).Where(name => tree.Files(DatasetTree.Join(part, name)).Any(DatasetTree.IsPicture));

    private sealed class ClassFolders(DatasetTree tree, string format, IReadOnlyList<string> splits) : Dataset(tree, format)
    {
        public override IReadOnlyList<string> Splits => splits;

        public override IEnumerable<string> Notes()
        {
            foreach (var note in base.Notes())
                yield return note;
            foreach (var split in splits)
            {
                var counts = ClassesOf(Tree, split)
                    .Select(name =>
                        $"{name} ({Tree.Pictures(DatasetTree.Join(split, name)).Count().ToString(CultureInfo.InvariantCulture)})"
                    );
                yield return $"The folders of {split} are classes: {string.Join(", ", counts)}.";
            }
        }

        protected override IEnumerable<DatasetItem> Read(string split) =>
            Tree.Pictures(split).Select(name => new DatasetItem(DatasetTree.Join(split, name), split, []));
    }
}
