using Lumen.Augmentation;
using Lumen.Conditions;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Imaging;
using Lumen.Studio.Jobs;
using Lumen.Studio.Storage;

namespace Lumen.Studio.Datasets;

/// <summary>The data sets that the page may open: the subfolders of one folder, by their names. No path of a client is opened.</summary>
internal sealed class DatasetLibrary(StudioOptions options, LimitedFolder output)
{
    private const int LargestDrawing = 512;

    /// <summary>Names of the data sets, those that were made here among them.</summary>
    public IReadOnlyList<string> Names => [.. Folders().Select(folder => folder.Name).Order(StringComparer.Ordinal)];

    /// <summary>Whether there is a folder at all.</summary>
    public bool IsGiven => options.Datasets is not null;

    /// <summary>Opens a data set, or a folder of pictures without labels.</summary>
    /// <exception cref="LumenException">There is none of this name, or no picture in it.</exception>
    public Dataset Open(string name) => DatasetFormats.OpenPictures(PathOf(name));

    /// <summary>Where a data set is.</summary>
    /// <exception cref="MissingException">There is none of this name.</exception>
    public string PathOf(string name) =>
        Folders().Where(folder => folder.Name == name).Select(folder => folder.Path).FirstOrDefault()
        ?? throw new MissingException("There is no data set of this name.");

    /// <summary>Where the result of a job goes.</summary>
    public string OutputOf(string dataset, string job) => output.PathOf(NameOfOutput(dataset, job));

    /// <summary>Name of the data set that a job makes.</summary>
    public string NameOfOutput(string dataset, string job) => $"{dataset}-{job[..6]}";

    /// <summary>Whether a data set holds new pictures with their records.</summary>
    public bool IsEnlarged(string name) => Directory.EnumerateFiles(PathOf(name), "manifest*.jsonl").Any();

    /// <summary>Some pictures of a part, spread over it, with the classes of their labels drawn over.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="split">The part.</param>
    /// <param name="count">How many.</param>
    /// <param name="stop">Stops between two pictures.</param>
    public IEnumerable<LabelledPicture> Preview(Dataset dataset, string split, int count, CancellationToken stop)
    {
        foreach (var item in Sample(dataset, split, count))
        {
            stop.ThrowIfCancellationRequested();
            yield return Draw(dataset, item);
        }
    }

    /// <summary>Those of some faulty items that can be read well enough to be shown.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="names">What is faulty: names of pictures, or of others that are left out.</param>
    /// <param name="count">At most this many.</param>
    public IReadOnlyList<LabelledPicture> Faulty(Dataset dataset, IEnumerable<string> names, int count)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var found = dataset
            .Splits.SelectMany(dataset.Checkable)
            .Take(options.Limits.SampledItems)
            .Where(item => wanted.Contains(item.Picture));
        return [.. found.Take(count).Select(item => TryDraw(dataset, item)).OfType<LabelledPicture>()];
    }

    /// <summary>New pictures that an enlargement makes.</summary>
    public static long NewPictures(Dataset dataset, AugmentationRequest augmentation) =>
        Math.Min(augmentation.Limit ?? long.MaxValue, dataset.Items(TrainingPart.Of(dataset, augmentation.Split)).LongCount())
        * augmentation.Variants;

    /// <summary>Some items of a part, spread over its first ones.</summary>
    public IReadOnlyList<DatasetItem> Sample(Dataset dataset, string split, int count)
    {
        var items = dataset.Items(split).Take(options.Limits.SampledItems).ToList();
        var step = Math.Max(1, items.Count / count);
        return [.. items.Where((_, index) => index % step == 0).Take(count)];
    }

    /// <summary>A picture with what its data set knows of its pixels: classes, depth and normals.</summary>
    /// <exception cref="LumenException">The data set or the picture is not there any more, or a file cannot be read.</exception>
    public AnnotatedPicture Annotated(ReferenceOrigin origin)
    {
        var dataset = Open(origin.Dataset);
        var item =
            dataset.Items().FirstOrDefault(one => one.Picture == origin.Picture)
            ?? throw new MissingException($"The data set {origin.Dataset} has no picture {origin.Picture} any more.");
        var depth = Find(LabelKind.Depth, label => label.StepsPerMetre is not null);
        return AnnotationFiles.Read(
            dataset.FullPath(item.Picture),
            PathOf(Find(LabelKind.Classes, _ => true)),
            PathOf(depth),
            PathOf(Find(LabelKind.Normals, _ => true)),
            depth?.StepsPerMetre ?? 1,
            dataset.Classes.Colours
        );

        LabelFile? Find(LabelKind kind, Func<LabelFile, bool> wanted) =>
            item
                .Labels.Where(label => label is { IsPicture: true } && label.Kind == kind && wanted(label))
                .MinBy(label => label.Role, StringComparer.Ordinal);

        string? PathOf(LabelFile? label) => label is null ? null : dataset.FullPath(label.Name);
    }

    /// <summary>One picture with the classes of its labels drawn over.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="item">Its picture and labels.</param>
    /// <param name="instead">A new picture in place of its own, or null.</param>
    public static LabelledPicture Draw(Dataset dataset, DatasetItem item, Picture? instead = null)
    {
        var picture = instead ?? PictureReader.Read(dataset.FullPath(item.Picture));
        var label = item.Labels.FirstOrDefault(one => one is { Kind: LabelKind.Classes, IsPicture: true });
        if (label is null)
            return new(item.Picture, Resizing.Fit(picture, LargestDrawing), null, []);
        var (size, ids) = LabelReader.Read(dataset.FullPath(label.Name), label);
        if (size is not { } known || ids is not { Length: > 0 })
            return new(item.Picture, Resizing.Fit(picture, LargestDrawing), null, []);
        var (width, height) = known;
        var fitted = (picture.Width, picture.Height) == (width, height) ? picture : Resizing.Resize(picture, width, height);
        var overlay = LabelOverlay.Draw(fitted, ids, dataset.Classes);
        var legend = ids.GroupBy(id => id)
            .OrderByDescending(group => group.Count())
            .Take(12)
            .Select(group => new LegendEntry(
                dataset.Classes.NameOf(group.Key),
                LabelOverlay.ColourOf(group.Key, dataset.Classes),
                group.Count() / (double)ids.Length
            ))
            .ToList();
        return new(item.Picture, Resizing.Fit(fitted, LargestDrawing), Resizing.Fit(overlay, LargestDrawing), legend);
    }

    /// <summary>
    /// A new picture of an enlarged data set, with the classes of its source's labels drawn over, and where it keeps the layout.
    /// </summary>
    /// <param name="dataset">The enlarged data set.</param>
    /// <param name="item">The picture, wherever it lies now.</param>
    /// <exception cref="LumenException">Its file is missing, or is no picture.</exception>
    public static (LabelledPicture Drawn, Picture? Confidence) Draw(Dataset dataset, ReviewItem item)
    {
        var picture = PictureReader.Read(item.PathOf(item.Name));
        var map = item.Entry.Extras.FirstOrDefault(extra => extra.File.StartsWith("confidence/", StringComparison.Ordinal));
        var like = dataset.Items().FirstOrDefault(one => one.Picture == item.Entry.Source || one.Picture == item.Name);
        var drawn = like is null
            ? new LabelledPicture(item.Name, Resizing.Fit(picture, LargestDrawing), null, [])
            : Draw(dataset, like, picture) with
            {
                Name = item.Name,
            };
        return (drawn, map is null ? null : Resizing.Fit(PictureReader.Read(item.PathOf(map.File)), LargestDrawing));
    }

    // A picture whose label cannot be read is shown without it; one that cannot be read itself is not.
    private static LabelledPicture? TryDraw(Dataset dataset, DatasetItem item)
    {
        foreach (var shown in new[] { item, item with { Labels = [] } })
            try
            {
                return Draw(dataset, shown);
            }
            catch (LumenException)
            {
                // the check has said it
            }
        return null;
    }

    // Links that lead out are left out: the folder is what the person who started the studio gave.
    private IEnumerable<(string Name, string Path)> Folders()
    {
        foreach (var root in new[] { options.Datasets, output.Root })
        {
            if (root is null || !Directory.Exists(root))
                continue;
            var real = RealPath.Of(root);
            foreach (var folder in Directory.EnumerateDirectories(real))
                if (!Path.GetFileName(folder).StartsWith('.') && RealPath.IsInside(RealPath.Of(folder), real))
                    yield return (Path.GetFileName(folder), folder);
        }
    }
}

/// <summary>A picture of a data set with its labels drawn over.</summary>
/// <param name="Name">Its name in the data set.</param>
/// <param name="Picture">The picture.</param>
/// <param name="Overlay">The same with its classes as colours; null where it has no label of classes.</param>
/// <param name="Legend">The classes that are seen, the largest first.</param>
internal sealed record LabelledPicture(string Name, Picture Picture, Picture? Overlay, IReadOnlyList<LegendEntry> Legend);

/// <summary>A class of a legend.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Colour">How it is drawn.</param>
/// <param name="Share">Share of the picture, 0...1.</param>
internal sealed record LegendEntry(string Name, (byte Red, byte Green, byte Blue) Colour, double Share);

/// <summary>The folder that enlarged data sets go into.</summary>
internal sealed class LimitedFolder(string root)
{
    /// <summary>The folder.</summary>
    public string Root => root;

    /// <summary>A folder in it.</summary>
    /// <param name="name">Without separators.</param>
    public string PathOf(string name) =>
        name.AsSpan().ContainsAny('/', '\\') || name.StartsWith('.')
            ? throw new LumenException(LumenErrorKind.File, "The name of a data set must hold no separators.")
            : Path.Combine(root, name);
}
