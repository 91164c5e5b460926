namespace Lumen.Datasets;

/// <summary>Where the pictures and masks are that the annotation files of a part name.</summary>
internal sealed class CocoPlaces
{
    private readonly DatasetTree _tree;
    private readonly string _split;
    private readonly List<string> _folders;
    private readonly string _usual;
    private string? _found;

    /// <param name="tree">The data set's folder.</param>
    /// <param name="file">The annotation file whose list of pictures counts.</param>
    public CocoPlaces(DatasetTree tree, CocoFile file)
    {
        (_tree, _split) = (tree, file.Split == SplitNames.All ? "" : file.Split);
        string[] beside = file.Folder is "" or CocoFiles.Annotations ? [] : [file.Folder, $"{file.Folder}/images", $"{file.Folder}/data"];
        string[] usual =
            _split.Length == 0
                ? ["images", "images/default", "data", ""]
                : [_split, $"images/{_split}", "images", "", $"{_split}/images", $"{_split}/data", "data"];
        var others = tree.Folders("")
            .SelectMany(folder => _split.Length == 0 ? [folder] : new[] { DatasetTree.Join(folder, _split), folder });
        _folders =
        [
            .. beside
                .Concat(usual)
                .Concat(others)
                .Append(file.Folder)
                .Distinct()
                .Where(folder => folder.Length == 0 || tree.HasFolder(folder)),
        ];
        _usual =
            _folders.FirstOrDefault(folder => folder.Length > 0 && folder != CocoFiles.Annotations && folder != "images")
            ?? (_split.Length == 0 ? "images" : $"images/{_split}");
    }

    /// <summary>The folder in which the pictures found so far are.</summary>
    public string PictureFolder => _found ?? _usual;

    /// <summary>A name as this data set spells names: with slashes, from a folder of pictures.</summary>
    public static string Plain(string fileName) =>
        fileName.Replace('\\', '/') is var name && name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    /// <summary>The picture that a <c>file_name</c> means; where it should be if it is nowhere.</summary>
    /// <exception cref="LumenException">The name leads out of the data set.</exception>
    public string Picture(string fileName)
    {
        var name = Plain(fileName);
        if (_found is null || _tree.Match(DatasetTree.Join(_found, name)) is null)
            _found = _folders.FirstOrDefault(folder => _tree.Match(DatasetTree.Join(folder, name)) is not null) ?? _found;
        var picture = DatasetTree.Join(PictureFolder, name);
        _tree.Full(picture);
        return _tree.Match(picture) ?? picture;
    }

    /// <summary>The mask that a panoptic annotation's <c>file_name</c> means; null where there is no folder of masks at all.</summary>
    /// <exception cref="LumenException">The name leads out of the data set.</exception>
    public string? Mask(CocoFile file, string fileName)
    {
        var (name, folders) = (Plain(fileName), MaskFolders(file).ToList());
        if (folders.Count == 0)
            return null;
        var mask = DatasetTree.Join(
            folders.FirstOrDefault(folder => _tree.Match(DatasetTree.Join(folder, name)) is not null, folders[0]),
            name
        );
        _tree.Full(mask);
        return _tree.Match(mask) ?? mask;
    }

    /// <summary>
    /// The map of a picture in a folder of maps that no list names, by the picture's own name; null where there is no such folder.
    /// </summary>
    public string? Map(string folder, string fileName)
    {
        if (new[] { DatasetTree.Join(CocoFiles.Annotations, folder), folder }.FirstOrDefault(_tree.HasFolder) is not { } place)
            return null;
        var stem = DatasetTree.Stem(Plain(fileName));
        return new[] { stem, Path.GetFileName(stem) }.Select(name => DatasetTree.Join(place, name + ".png")).FirstOrDefault(_tree.HasFile)
            ?? DatasetTree.Join(place, stem + ".png");
    }

    /// <summary>Files of a picture's name in folders beside those of pictures: <c>depth/train2017/0001.png</c>.</summary>
    public IEnumerable<(string Folder, string File)> Beside(string picture, string fileName)
    {
        var stem = DatasetTree.Stem(Plain(fileName));
        foreach (
            var folder in _tree
                .Folders("")
                .Where(folder =>
                    folder is not (CocoFiles.Annotations or "images") && folder != PictureFolder && !SplitNames.IsKnown(folder)
                )
        )
            if (_tree.WithEnding(DatasetTree.Join(folder, _split, stem)) is { } found && found != picture)
                yield return (folder, found);
    }

    private IEnumerable<string> MaskFolders(CocoFile file) =>
        new[]
        {
            DatasetTree.Stem(file.Name),
            $"{CocoFiles.Annotations}/panoptic_{_split}",
            $"panoptic_{_split}",
            DatasetTree.Join("panoptic", _split),
            DatasetTree.Join(_split, "panoptic"),
            $"{CocoFiles.Annotations}/panoptic",
        }
            .Where(_tree.HasFolder)
            .Distinct();
}
