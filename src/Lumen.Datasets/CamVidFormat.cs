namespace Lumen.Datasets;

/// <summary>
/// CamVid as SegNet's tutorial lays it out: lists <c>train.txt</c>, <c>val.txt</c>, <c>test.txt</c> with a picture and its label a line.
/// The paths look absolute (<c>/SegNet/CamVid/train/x.png</c>); as much of their beginning is cut as is needed to find the files here, and
/// put back when a list is written.
/// </summary>
internal sealed class CamVidFormat : IDatasetFormat
{
    public string Name => "camvid";

    public string Expected => "train.txt with a picture and its label a line, separated by a space";

    public Dataset? TryOpen(DatasetTree tree)
    {
        var lists = tree.Files("")
            .Where(file =>
                file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)
                && SplitNames.IsKnown(DatasetTree.Stem(file))
                && IsPairs(tree, file)
            )
            .Select(DatasetTree.Stem);
        var splits = SplitNames.Parts(lists);
        return splits.Count > 0 ? new CamVid(tree, Name, splits) : null;
    }

    // Names may hold spaces, so any space may be the one between picture and label.
    private static bool IsPairs(DatasetTree tree, string list) =>
        tree.Lines(list).FirstOrDefault().Text is { } line
        && Enumerable
            .Range(0, line.Length)
            .Any(at => line[at] == ' ' && DatasetTree.IsPicture(line[..at]) && DatasetTree.IsPicture(line[(at + 1)..]));

    private sealed class CamVid(DatasetTree tree, string format, IReadOnlyList<string> splits) : Dataset(tree, format)
    {
        // The order of SegNet's eleven classes; 11 is what is not labelled.
        private static readonly ClassTable Eleven = ClassTable.Named(
            0,
            "sky",
            "building",
            "pole",
            "road",
            "pavement",
            "tree",
            "sign symbol",
            "fence",
            "car",
            "pedestrian",
            "bicyclist"
        ) with
        {
            Ignore = 11,
        };

        private ClassTable? _classes;

        public override IReadOnlyList<string> Splits => splits;

        public override ClassTable Classes => _classes ??= ClassTable.Read(Tree) is { Classes.Count: > 0 } own ? own : Eleven;

        public override bool NamesEndings => true;

        public override IEnumerable<string> Lists() => splits.Select(split => $"{split}.txt");

        public override void WriteLists(string folder, DatasetVariants variants)
        {
            foreach (var list in Lists())
            {
                ListFile.Write(
                    Tree.Full(list),
                    Path.Combine(folder, list),
                    variants,
                    line => Pair(line.Trim(), list).Picture.Name,
                    (line, variant) =>
                    {
                        var (picture, label) = Pair(line.Trim(), list);
                        return $"{picture.Prefix}{variant.Picture} {label.Prefix}{VariantName(label.Name, variant.Number)}";
                    }
                );
            }
        }

        protected override IEnumerable<DatasetItem> Read(string split)
        {
            foreach (var (number, text) in Tree.Lines($"{split}.txt"))
            {
                var (picture, label) = Pair(text, $"{split}.txt, line {number}");
                yield return new DatasetItem(picture.Name, split, [new LabelFile(LabelKind.Classes, label.Name, "labels")])
                {
                    Place = $"{split}.txt, line {number}",
                };
            }
        }

        // Names may hold spaces: the split at which both files are found is the right one.
        private ((string Prefix, string Name) Picture, (string Prefix, string Name) Label) Pair(string line, string place)
        {
            for (var space = line.IndexOf(' '); space > 0; space = line.IndexOf(' ', space + 1))
                if (Rerooted(line[..space].Trim()) is { } picture && Rerooted(line[(space + 1)..].Trim()) is { } label)
                    return (picture, label);
            if (line.LastIndexOf(' ') is var last && last > 0)
                return (Missing(line[..last].Trim()), Missing(line[(last + 1)..].Trim()));
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"{Path.Combine(Root, place)} must name a picture and its label, separated by a space, but is \"{line}\"."
            );
        }

        private (string Prefix, string Name)? Rerooted(string path)
        {
            path = path.Replace('\\', '/');
            for (var start = path.StartsWith('/') ? 1 : 0; ; start = path.IndexOf('/', start) + 1)
            {
                if (Tree.Match(path[start..]) is { } found)
                    return (path[..start], found);
                if (path.IndexOf('/', start) < 0)
                    return null;
            }
        }

        // A file that is not there: its folder tells how much to cut, or the last folder is kept.
        private (string Prefix, string Name) Missing(string path)
        {
            if (Rerooted(path) is { } found)
                return found;
            path = path.Replace('\\', '/');
            var name = string.Join(
                '/',
                path.Split('/', StringSplitOptions.RemoveEmptyEntries)[
                    ^Math.Min(2, path.Split('/', StringSplitOptions.RemoveEmptyEntries).Length)..
                ]
            );
            return (path[..^name.Length], name);
        }
    }
}
