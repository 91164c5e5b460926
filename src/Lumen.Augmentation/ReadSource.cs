using Lumen.Datasets;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>What is read of a source before its layout is extracted.</summary>
/// <param name="Item">The item.</param>
/// <param name="Open">Its pictures that are still to be made.</param>
internal sealed record ReadSource(DatasetItem Item, IReadOnlyList<(int Variant, PromptChoice Prompt)> Open)
{
    /// <summary>The picture; null where it is not needed or cannot be read.</summary>
    public Picture? Picture { get; init; }

    /// <summary>Hash of its file.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>The held-out picture that is the same file, or null.</summary>
    public string? Same { get; init; }

    /// <summary>Pixels that are put back, or null.</summary>
    public (bool[] Mask, string? MaskSha256)? Kept { get; init; }

    /// <summary>Why it cannot be used; null where it can.</summary>
    public string? Failure { get; init; }

    /// <summary>Reads the files of an item. One that cannot be read costs its own pictures only.</summary>
    public static ReadSource Of(
        Dataset dataset,
        DatasetItem item,
        IReadOnlyList<(int Variant, PromptChoice Prompt)> open,
        KeptRegions? keep,
        Func<string, string?> same
    )
    {
        var read = new ReadSource(item, open);
        try
        {
            if (!dataset.Has(item.Picture))
                throw new LumenException($"{item.Picture} does not exist. Run lumen data check.");
            if (item.Labels.FirstOrDefault(label => !dataset.Has(label.Name)) is { } missing)
                throw new LumenException($"{item.Picture} has no label: {missing.Name} does not exist. Run lumen data check.");
            var path = dataset.FullPath(item.Picture);
            RequireSizes(dataset, item, path);
            var (picture, hash) = (PictureReader.Read(path), ItemHash.OfFile(path));
            if (same(hash) is { } equal)
                return read with { Sha256 = hash, Same = equal };
            return read with
            {
                Picture = picture,
                Sha256 = hash,
                Kept = keep is null ? null : RegionKeeper.MaskOf(dataset, item, keep, picture),
            };
        }
        catch (Exception fault) when (fault is LumenException or IOException or UnauthorizedAccessException)
        {
            return read with { Failure = fault.Message };
        }
    }

    // A label that does not lie under its picture would be carried over to a picture that it does not belong to.
    private static void RequireSizes(Dataset dataset, DatasetItem item, string path)
    {
        var facts = PictureReader.ReadFacts(path);
        var faults = item.Labels.Select(label =>
            LabelSizes.Fault(item, facts, label.Name, LabelReader.SizeOf(dataset.FullPath(label.Name), label))
        );
        if (dataset.ListsHoldGeometry)
            faults = faults.Append(LabelSizes.Fault(item, facts, $"its entry ({item.Place})", item.DeclaredSize));
        if (faults.FirstOrDefault(fault => fault is not null) is { } fault)
            throw new LumenException($"{fault} Both must have one size; run lumen data check.");
    }
}
