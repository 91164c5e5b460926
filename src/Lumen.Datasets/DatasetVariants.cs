namespace Lumen.Datasets;

/// <summary>What a data set is augmented by.</summary>
public sealed class DatasetVariants
{
    private readonly ILookup<string, DatasetVariant> _bySource;
    private readonly Func<string, bool>? _keeps;

    /// <param name="variants">The new pictures.</param>
    /// <param name="withOriginals">Whether the augmented data set also holds the originals.</param>
    /// <param name="keeps">Which of the originals it holds; null for all of them.</param>
    public DatasetVariants(IEnumerable<DatasetVariant> variants, bool withOriginals, Func<string, bool>? keeps = null)
    {
        _bySource = variants.OrderBy(variant => variant.Number).ToLookup(variant => variant.Source, StringComparer.Ordinal);
        _keeps = withOriginals ? keeps : _ => false;
        KeepsNone = !withOriginals;
    }

    /// <summary>Whether the augmented data set holds all originals.</summary>
    public bool KeepsAll => _keeps is null;

    /// <summary>Whether it holds none of them.</summary>
    public bool KeepsNone { get; }

    /// <summary>Whether it holds this original.</summary>
    public bool Keeps(string picture) => _keeps is null || _keeps(picture);

    /// <summary>Whether the line of a list stays: one about an original that is kept, or about none.</summary>
    /// <param name="pictureOf">The picture that it is about, or null; asked only where it matters.</param>
    public bool KeepsLineOf(Func<string?> pictureOf) => KeepsAll || (!KeepsNone && (pictureOf() is not { } picture || Keeps(picture)));

    /// <summary>The new pictures of an item, in order.</summary>
    public IEnumerable<DatasetVariant> Of(string picture) => _bySource[picture];
}

/// <summary>
/// A picture that was generated for an item, with copies of its label files. Names are below the augmented data set's folder, with slashes.
/// </summary>
/// <param name="Source">The item's picture.</param>
/// <param name="Number">0, 1, ...</param>
/// <param name="Picture">The new picture.</param>
/// <param name="Prompt">What it shows, in words.</param>
public sealed record DatasetVariant(string Source, int Number, string Picture, string Prompt);
