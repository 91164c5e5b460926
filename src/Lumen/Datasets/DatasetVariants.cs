namespace Lumen.Datasets;

/// <summary>What a data set is enlarged by.</summary>
internal sealed class DatasetVariants
{
    private readonly ILookup<string, DatasetVariant> _bySource;

    /// <param name="variants">The new pictures.</param>
    /// <param name="withOriginals">Whether the enlarged data set also holds the originals.</param>
    public DatasetVariants(IEnumerable<DatasetVariant> variants, bool withOriginals) =>
        (_bySource, WithOriginals) = (variants.OrderBy(variant => variant.Number).ToLookup(variant => variant.Source, StringComparer.Ordinal), withOriginals);

    public bool WithOriginals { get; }

    /// <summary>The new pictures of an item, in order.</summary>
    public IEnumerable<DatasetVariant> Of(string picture) => _bySource[picture];
}
