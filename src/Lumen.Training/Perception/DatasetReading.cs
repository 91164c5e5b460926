using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Training.Data;

namespace Lumen.Training.Perception;

/// <summary>How a data set on disk is read for a perception network.</summary>
public sealed record DatasetReading
{
    private static readonly string[] Voids = ["void", "unlabelled", "unlabeled", "ignore", "unknown"];

    /// <summary>Width that every picture is brought to, divisible by 8; proportions are not kept.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Height that every picture is brought to, divisible by 8.</summary>
    public int Height { get; init; } = 128;

    /// <summary>
    /// Role of the class labels where a picture has several (<c>gtFine_labelIds</c>); null for the first file of classes.
    /// </summary>
    public string? Role { get; init; }

    /// <summary>Names of the classes whose objects are distinguished; they count where there are instance files.</summary>
    public IReadOnlyList<string> Things { get; init; } = [];

    /// <summary>Names of the classes where the data set does not say; ids are then positions.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>At most so many pictures, the first ones; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether pictures count that an augmentation made (they are named in the folder's manifest).</summary>
    public bool Generated { get; init; } = true;

    /// <summary>Reads a part of a data set into memory.</summary>
    internal PerceptionData Read(Dataset dataset, string split, IProgress<int>? progress, CancellationToken stop)
    {
        IgnoredValue.RequireMeant(dataset, split);
        var (classes, ids) = ClassesOf(dataset);
        return PerceptionData.FromPictures(
            Items(dataset, split)
                .Select(
                    (item, index) =>
                    {
                        stop.ThrowIfCancellationRequested();
                        progress?.Report(index + 1);
                        return ReadItem(dataset, item, ids).Resized(Width, Height);
                    }
                ),
            classes
        );
    }

    /// <summary>A part of a data set, whose pictures are read when they are asked for.</summary>
    internal PerceptionData Open(Dataset dataset, string split)
    {
        IgnoredValue.RequireMeant(dataset, split);
        var (classes, ids) = ClassesOf(dataset);
        DatasetItem[] items = [.. Items(dataset, split)];
        var source = new PackedFiles(index => ReadItem(dataset, items[index], ids).Resized(Width, Height), classes);
        var has = items.Select(LabelsOf).Aggregate(default(PerceptionLabels), (all, labels) => all | labels.Has);
        return PerceptionData.FromSource((source, items.Length), (Width, Height), classes, has);
    }

    private IEnumerable<DatasetItem> Items(Dataset dataset, string split)
    {
        var items = dataset.Items(split).Where(item => Generated || !item.IsGenerated);
        return Limit is { } limit ? items.Take(limit) : items;
    }

    private LabelFiles LabelsOf(DatasetItem item)
    {
        return new LabelFiles(
            First(LabelKind.Classes, file => Role is null || file.Role == Role),
            First(LabelKind.Depth, file => file.StepsPerMetre is not null),
            First(LabelKind.Normals),
            First(LabelKind.Instances)
        );

        LabelFile? First(LabelKind kind, Func<LabelFile, bool>? fits = null) =>
            item.Labels.FirstOrDefault(file => file.Kind == kind && file.IsPng && fits?.Invoke(file) != false);
    }

    // Ids in the files to positions among the classes; void is no class.
    public (PerceptionClasses Classes, IReadOnlyDictionary<int, byte> Ids) ClassesOf(Dataset dataset)
    {
        IReadOnlyList<DatasetClass> own =
            dataset.Classes.Classes.Count > 0 ? dataset.Classes.Classes : [.. ClassNames.Select((name, id) => new DatasetClass(id, name))];
        var known = own.Where(one => one.Id != dataset.Classes.Ignore && !Voids.Contains(one.Name, StringComparer.OrdinalIgnoreCase))
            .ToArray();
        if (known.Length > LabelledPicture.Ignore)
            throw new LumenException(
                $"The data set {dataset.Root} has {known.Length} classes, but labels of 8 bits distinguish {LabelledPicture.Ignore}."
            );
        var names = Array.ConvertAll(known, one => one.Name);
        var things = Things
            .Select(name =>
                Array.IndexOf(names, name) is var id && id >= 0
                    ? id
                    : throw new LumenException($"\"{name}\" is not among the classes of {dataset.Root}: {string.Join(", ", names)}.")
            )
            .ToArray();
        return (
            new PerceptionClasses(names, things, []),
            known.Select((one, position) => (one.Id, position)).ToDictionary(one => one.Id, one => (byte)one.position)
        );
    }

    private LabelledPicture ReadItem(Dataset dataset, DatasetItem item, IReadOnlyDictionary<int, byte> ids)
    {
        var picture = PictureReader.Read(dataset.FullPath(item.Picture));
        var files = LabelsOf(item);
        var (labels, normals, instances) = (PathOf(files.Classes), PathOf(files.Normals), PathOf(files.Instances));
        if (labels is not null && ids.Count == 0)
            throw new LumenException(
                $"The data set {dataset.Root} does not say what its classes are. Put a classes.txt with a name a line into its "
                    + "folder, or give their names."
            );
        return new LabelledPicture(picture)
        {
            Labels = labels is null
                ? null
                : Array.ConvertAll(
                    Sized(labels, LabelColours.ReadIds(labels, dataset.Classes.Colours)),
                    id => Known(dataset, ids, id, labels)
                ),
            Depth = files.Depth is { } depth ? ReadDepth(PathOf(depth)!, depth.StepsPerMetre!.Value) : null,
            Normals = normals is null ? null : ReadNormals(normals),
            Instances = instances is null ? null : Ids(instances),
        };

        string? PathOf(LabelFile? file) => file is null ? null : dataset.FullPath(file.Name);

        float[] ReadDepth(string path, float steps) => Array.ConvertAll(Sized(path, PngReader.ReadGray16(path)), value => value / steps);

        ushort[] Ids(string path) => Sized(path, PngReader.ReadIds(path));

        float[] ReadNormals(string path)
        {
            var colours = PictureReader.Read(path);
            return Array.ConvertAll(Sized(path, (colours.Width, colours.Height, colours.Rgb)), value => value / 127.5f - 1);
        }

        T[] Sized<T>(string path, (int Width, int Height, T[] Values) read) =>
            (read.Width, read.Height) == (picture.Width, picture.Height)
                ? read.Values
                : throw new LumenException(
                    $"{path} is {read.Width} x {read.Height}, but its picture is {picture.Width} x {picture.Height}. Both must have "
                        + "one size; lumen data check names all such files."
                );
    }

    private static byte Known(Dataset dataset, IReadOnlyDictionary<int, byte> ids, int id, string path)
    {
        if (ids.TryGetValue(id, out var position))
            return position;
        return dataset.Classes.Allows(id) || id == LabelledPicture.Ignore
            ? LabelledPicture.Ignore
            : throw new LumenException(
                $"{path} holds the label {id}, which is none of the data set's classes. lumen data check names all such files."
            );
    }

    // What is read of a picture's labels; null for what there is not.
    private sealed record LabelFiles(LabelFile? Classes, LabelFile? Depth, LabelFile? Normals, LabelFile? Instances)
    {
        public PerceptionLabels Has =>
            (Classes is null ? 0 : PerceptionLabels.Classes)
            | (Depth is null ? 0 : PerceptionLabels.Depth)
            | (Normals is null ? 0 : PerceptionLabels.Normals)
            | (Instances is null ? 0 : PerceptionLabels.Instances);
    }
}
