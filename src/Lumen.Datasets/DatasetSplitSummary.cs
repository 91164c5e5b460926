namespace Lumen.Datasets;

/// <summary>A part of a data set in numbers.</summary>
/// <param name="Name">What it is called on disk.</param>
/// <param name="Items">Pictures.</param>
/// <param name="Generated">Those of them that an augmentation made.</param>
/// <param name="Captioned">Those with a caption.</param>
/// <param name="Sizes">Sizes in pixels with the number of pictures that have them, the most frequent first.</param>
/// <param name="Labels">Number of label files of each role.</param>
public sealed record DatasetSplitSummary(
    string Name,
    long Items,
    long Generated,
    long Captioned,
    IReadOnlyList<(int Width, int Height, long Count)> Sizes,
    IReadOnlyDictionary<string, long> Labels
);
