using Lumen.Core;

namespace Lumen.Datasets;

/// <summary>
/// Pictures in one folder and labels of the same names in folders beside it; parts are folders above (<c>train/images</c>) or below (<c>images/train</c>), or lists of names
/// (<c>train.txt</c>), or absent.
/// </summary>
internal sealed class FolderDataset : Dataset
{
    private readonly IReadOnlyList<(string Split, string Pictures, string Beside, string Within)> _parts;
    private readonly bool _listed;
    private ClassTable? _classes;

    private FolderDataset(DatasetTree tree, string format, IReadOnlyList<(string, string, string, string)> parts, bool listed)
        : base(tree, format) => (_parts, _listed) = (parts, listed);

    public override IReadOnlyList<string> Splits => [.. _parts.Select(part => part.Split)];

    public override ClassTable Classes => _classes ??= ClassTable.Read(Tree);

    /// <summary>The data set in a folder whose picture folder has one of some names, or null.</summary>
    public static FolderDataset? TryOpen(DatasetTree tree, string format, params IReadOnlyList<string> pictures)
    {
        if (pictures.FirstOrDefault(tree.HasFolder) is { } folder)
        {
            var below = SplitNames.Parts(tree.Folders(folder));
            if (below.Count > 0)
            {
                var parts = below.Select(split => (split, DatasetTree.Join(folder, split), "", split)).ToList();
                // Without a training part, what lies outside the held-out ones may be used.
                if (!below.Any(SplitNames.IsTraining) && tree.Pictures(folder).Any(name => !below.Contains(Top(name)))) parts.Insert(0, (SplitNames.All, folder, "", ""));
                return new FolderDataset(tree, format, parts, listed: false);
            }
            var lists = SplitNames.Parts(tree.Files("").Where(file => file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)).Select(DatasetTree.Stem)
                .Where(list => SplitNames.Words(list).Count == 1 || tree.Lines($"{list}.txt").FirstOrDefault().Text is { } line && Listed(tree, folder, line) is not null));
            IReadOnlyList<string> splits = lists.Count > 0 ? lists : [SplitNames.All];
            return tree.HasPictures(folder) ? new FolderDataset(tree, format, [.. splits.Select(split => (split, folder, "", ""))], lists.Count > 0) : null;
        }
        var above = SplitNames.Parts(tree.Folders("").Where(split => pictures.Any(name => tree.HasFolder(DatasetTree.Join(split, name)))));
        return above.Count == 0 ? null : new FolderDataset(
            tree, format, [.. above.Select(split => (split, DatasetTree.Join(split, pictures.First(name => tree.HasFolder(DatasetTree.Join(split, name)))), split, ""))], listed: false);
    }

    internal override IEnumerable<string> Lists() => _listed ? _parts.Select(part => $"{part.Split}.txt") : [];

    internal override void WriteLists(string folder, DatasetVariants variants)
    {
        foreach (var list in Lists())
        {
            ListFile.Write(Tree.Full(list), Path.Combine(folder, list), variants, Listed, (line, variant) =>
                NamesEnding(line) ? DatasetTree.Stem(VariantName(line.Trim(), variant.Number)) + Path.GetExtension(variant.Picture) : VariantStem(line.Trim(), variant.Number));
        }
    }

    private protected override IEnumerable<DatasetItem> Read(string split)
    {
        var part = _parts.First(part => part.Split == split);
        var pictureFolder = Path.GetFileName(part.Pictures[..^(part.Within.Length == 0 ? 0 : part.Within.Length + 1)]);
        var folders = Tree.Folders(part.Beside).Where(name => name != pictureFolder && !SplitNames.IsKnown(name)).Select(name => (Name: name, Ending: Tree.AnyEnding(DatasetTree.Join(part.Beside, name)))).ToList();
        foreach (var (name, place) in Names(part.Split, part.Pictures))
        {
            if (split == SplitNames.All && Splits.Contains(Top(name))) continue;
            var labels = new List<LabelFile>();
            foreach (var (folder, ending) in folders)
            {
                var stem = DatasetTree.Join(part.Beside, folder, part.Within, DatasetTree.Stem(name));
                if (Tree.WithEnding(stem) is { } found) labels.Add(new LabelFile(FolderNames.KindOf(folder, found), found, folder));
                else if (FolderNames.IsExpected(folder, ending)) labels.Add(new LabelFile(FolderNames.KindOf(folder, ending), stem + ending, folder));
            }
            yield return new DatasetItem(DatasetTree.Join(part.Pictures, name), split, labels) { Place = place };
        }
    }

    private IEnumerable<(string Name, string? Place)> Names(string split, string pictures)
    {
        if (!_listed) return Tree.Pictures(pictures).Select(name => (name, (string?)null));
        return Tree.Lines($"{split}.txt").Select(line => (
            Listed(line.Text) is { } picture ? picture[(pictures.Length + 1)..] : throw new LumenException(
                $"{Path.Combine(Root, split)}.txt, line {line.Number} names \"{line.Text}\", but {pictures} holds no such picture. Give names in {pictures}, one a line, with or without ending."),
            (string?)$"{split}.txt, line {line.Number}"));
    }

    private string? Listed(string line) => Listed(Tree, _parts[0].Pictures, line);

    // A line may be a name with or without ending, with or without the folder.
    private static string? Listed(DatasetTree tree, string pictures, string line)
    {
        var full = Full(pictures, line);
        if (tree.HasFile(full)) return full;
        return new[] { ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".PNG", ".JPG" }.Select(ending => full + ending).FirstOrDefault(tree.HasFile);
    }

    // Dots within a name are no sign of an ending: only the file tells.
    private bool NamesEnding(string line) => Tree.HasFile(Full(_parts[0].Pictures, line));

    private static string Full(string pictures, string line)
    {
        var name = line.Trim().Replace('\\', '/').TrimStart('/');
        return DatasetTree.Join(pictures, name.StartsWith(pictures + "/", StringComparison.Ordinal) ? name[(pictures.Length + 1)..] : name);
    }

    private static string Top(string name) => name.IndexOf('/') is var slash && slash > 0 ? name[..slash] : "";
}
