namespace Lumen.Datasets;

/// <summary>What a label map shows, in words.</summary>
public static class ClassNames
{
    /// <summary>The names of an item's classes, the largest first.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="item">One of its items.</param>
    /// <param name="leastShare">Share of the pixels from which a class is named, 0...1.</param>
    /// <param name="most">At most so many names.</param>
    /// <returns>Empty where the item has no label map, or the data set does not name its classes.</returns>
    /// <exception cref="LumenException">The label map cannot be read.</exception>
    public static IReadOnlyList<string> Of(Dataset dataset, DatasetItem item, double leastShare = 0.03, int most = 4)
    {
        var label = item.Labels.FirstOrDefault(one => one is { Kind: LabelKind.Classes, IsPng: true } && dataset.Has(one.Name));
        if (label is null || dataset.Classes.Classes.Count == 0 || LabelReader.Read(dataset.FullPath(label.Name), label).Ids is not { } ids)
            return [];
        var names = dataset.Classes.Classes.ToDictionary(one => one.Id, one => one.Name);
        return
        [
            .. ids.CountBy(id => (int)id)
                .Where(pair => pair.Key != label.Ignore && pair.Value >= leastShare * ids.Length && names.ContainsKey(pair.Key))
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key)
                .Take(most)
                .Select(pair => names[pair.Key].ToLowerInvariant().Replace('_', ' ')),
        ];
    }

    /// <summary><c>road, building and sky</c>.</summary>
    public static string Joined(IReadOnlyList<string> names) =>
        names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
}
