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
        var items = dataset.Items(split).Where(item => Generated || !item.IsGenerated);
        if (Limit is { } limit)
            items = items.Take(limit);
        return PerceptionData.FromPictures(
            items.Select(
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
        var labels = File(LabelKind.Classes, file => Role is null || file.Role == Role);
        if (labels is not null && ids.Count == 0)
            throw new LumenException(
                $"The data set {dataset.Root} does not say what its classes are. Put a classes.txt with a name a line into its "
                    + "folder, or give their names."
            );
        var (depth, normals, instances) = (
            item.Labels.FirstOrDefault(file => file is { Kind: LabelKind.Depth, IsPng: true, StepsPerMetre: not null }),
            File(LabelKind.Normals),
            File(LabelKind.Instances)
        );
        return new LabelledPicture(picture)
        {
            Labels = labels is null
                ? null
                : Array.ConvertAll(
                    Sized(labels, LabelColours.ReadIds(labels, dataset.Classes.Colours)),
                    id => Known(dataset, ids, id, labels)
                ),
            Depth = depth is null ? null : ReadDepth(dataset.FullPath(depth.Name), depth.StepsPerMetre!.Value),
            Normals = normals is null ? null : ReadNormals(normals),
            Instances = instances is null ? null : Ids(instances),
        };

        string? File(LabelKind kind, Func<LabelFile, bool>? fits = null) =>
            item.Labels.FirstOrDefault(file => file.Kind == kind && file.IsPng && fits?.Invoke(file) != false) is { } found
                ? dataset.FullPath(found.Name)
                : null;

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
}
