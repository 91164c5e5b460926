using Lumen.Imaging;

namespace Lumen.Datasets;

/// <summary>Whether the value that is usual for pixels that count for nothing can be meant by the label files at hand.</summary>
public static class IgnoredValue
{
    private const int MostFiles = 200;

    // ids above are no classes of a data set that does not say what its classes are, but shades of grey or objects
    private const int MostClasses = 128;

    /// <summary>
    /// Why no value for "counts for nothing" is known, from the classes and all ids that label files hold; null where one is.
    /// </summary>
    public static string? Conflict(ClassTable classes, IEnumerable<int> ids)
    {
        if (classes.Ignore is not { } ignore)
            return $"{byte.MaxValue} is one of the {classes.Classes.Count} classes";
        if (!classes.IsIgnoreAssumed)
            return null;
        var seen = ids.ToHashSet();
        if (classes.Classes.Count == 0 && seen.Count > 0 && seen.Max() is var largest && largest > byte.MaxValue)
            return $"the label files hold {largest}, more than 8 bits can, so {ignore} may be one more of their ids";
        if (!seen.Contains(ignore))
            return null;
        var others = seen.Where(id => id != 0 && id != ignore).ToList();
        if (others.Count == 0)
            return $"the label files hold 0 and {ignore} and nothing else, so {ignore} is their foreground";
        return classes.Classes.Count == 0 && others.Exists(id => id >= MostClasses)
            ? $"the label files hold {others.Max()} too, so {ignore} may be one more of their values"
            : null;
    }

    /// <summary>Refuses to learn from labels whose usual ignored id is their foreground: it would be left out without a word.</summary>
    /// <exception cref="LumenException">It is.</exception>
    public static void RequireMeant(Dataset dataset, string split)
    {
        if (dataset.Classes is not { IsIgnoreAssumed: true, Classes.Count: > 0 } || Conflict(dataset, split) is not { } conflict)
            return;
        throw new LumenException(
            LumenErrorKind.Dataset,
            $"The labels of {dataset.Root} cannot be learnt as they are: {conflict}, and pixels of {dataset.Classes.Ignore} would "
                + "count for nothing. Give the classes with their ids in classes.txt, such as \"0 background\" and "
                + $"\"{dataset.Classes.Ignore} foreground\"."
        );
    }

    /// <summary>
    /// Why an id cannot be painted into the label files of a part: its classes are drawn in colours, and none is this id's; null where it
    /// can.
    /// </summary>
    public static string? WithoutColour(Dataset dataset, string split, int id) =>
        WithoutColour(
            dataset,
            dataset.Items(split).SelectMany(item => item.Labels).Where(label => label is { Kind: LabelKind.Classes, IsPng: true }),
            id
        );

    private static string? WithoutColour(Dataset dataset, IEnumerable<LabelFile> files, int id) =>
        dataset.Classes.Colours is { } colours
        && !colours.Values.Contains(id)
        && files.FirstOrDefault(label => dataset.Has(label.Name)) is { } first
        && PngReader.IsRgb(dataset.FullPath(first.Name))
            ? $"{first.Name} draws classes in colours, and no class with the id {id} has one"
            : null;

    /// <summary>
    /// The same of a part of a data set, by up to 200 of its label files; null also where it has no label files of class ids.
    /// </summary>
    /// <exception cref="LumenException">A label file cannot be read.</exception>
    public static string? Conflict(Dataset dataset, string split)
    {
        var files = dataset
            .Items(split)
            .SelectMany(item => item.Labels)
            .Where(label =>
                label is { Kind: LabelKind.Classes, IsPng: true } && label.Ignore == dataset.Classes.Ignore && dataset.Has(label.Name)
            )
            .ToList();
        if (files.Count == 0)
            return null;
        if (dataset.Classes.Ignore is { } id && WithoutColour(dataset, files, id) is { } without)
            return without;
        if (!dataset.Classes.IsIgnoreAssumed)
            return Conflict(dataset.Classes, []);
        var step = Math.Max(1, files.Count / MostFiles);
        return Conflict(
            dataset.Classes,
            files
                .Where((_, at) => at % step == 0)
                .SelectMany(label => LabelReader.Read(dataset.FullPath(label.Name), label).Ids ?? [])
                .Select(id => (int)id)
                .ToHashSet()
        );
    }
}
