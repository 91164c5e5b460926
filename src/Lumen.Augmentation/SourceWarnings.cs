using Lumen.Datasets;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>What is worth knowing of the sources of an augmentation before anything is done.</summary>
internal sealed class SourceWarnings(Dataset dataset, AugmentationOptions options)
{
    private (long Count, string First, int Orientation) _turned;
    private (long Count, string First) _unmasked;

    /// <summary>The sentences.</summary>
    public IReadOnlyList<string> Sentences =>
        [
            .. _turned.Count > 0 ? [DatasetNotes.Turned(_turned.Count, _turned.First, _turned.Orientation)] : Array.Empty<string>(),
            .. _unmasked.Count > 0
                ?
                [
                    $"trusted/ will not hold copies of {_unmasked.Count} label files, the first is {_unmasked.First}: only PNG of a "
                        + "known kind can be masked.",
                ]
                : Array.Empty<string>(),
        ];

    /// <summary>Refuses masking where nothing says which id counts for nothing.</summary>
    /// <exception cref="LumenException">Nothing does.</exception>
    public static void RequireIgnored(Dataset dataset, string split, AugmentationOptions options)
    {
        if (options.IgnoreBelow is null)
            return;
        var conflict = options.IgnoreLabel is { } label
            ? IgnoredValue.WithoutColour(dataset, split, label)
            : IgnoredValue.Conflict(dataset, split);
        if (conflict is null)
            return;
        throw new LumenException(
            "Pixels below `IgnoreBelow` cannot be set to what counts for nothing, because nothing says which id that is in "
                + $"{dataset.Root}: {conflict}. Give `IgnoreLabel` N (an id that no class has), or name a class void in classes.txt."
        );
    }

    /// <summary>Looks at a source. What cannot be read is told when its turn comes.</summary>
    public void Look(DatasetItem item)
    {
        if (
            options.IgnoreBelow is not null
            && item.Labels.FirstOrDefault(label => label.IsPicture && !(label.IsPng && (label.Ignore ?? options.IgnoreLabel) is not null))
                is { } label
        )
            _unmasked = (_unmasked.Count + 1, _unmasked.First ?? label.Name);
        try
        {
            if (item.Labels.Count == 0 && !dataset.ListsHoldGeometry)
                return;
            if (PictureReader.ReadFacts(dataset.FullPath(item.Picture)).Orientation is var orientation && orientation != 1)
                _turned = _turned.Count == 0 ? (1, item.Picture, orientation) : _turned with { Count = _turned.Count + 1 };
        }
        catch (LumenException)
        {
            // ReadSource names it.
        }
    }
}
