using Lumen.Imaging;

namespace Lumen.Datasets;

/// <summary>What is in a data set: numbers, sizes, classes.</summary>
/// <param name="Format">How it is laid out.</param>
/// <param name="Splits">Its parts.</param>
/// <param name="Classes">Its classes.</param>
/// <param name="PixelShares">Share of the pixels that each id has, in the sampled labels; empty where there are none.</param>
/// <param name="SampledLabels">Number of label files that <paramref name="PixelShares"/> comes from.</param>
public sealed record DatasetSummary(
    string Format,
    IReadOnlyList<DatasetSplitSummary> Splits,
    ClassTable Classes,
    IReadOnlyDictionary<int, double> PixelShares,
    int SampledLabels
)
{
    private const int Sampled = 100;

    /// <summary>Depth in the first label files of each role that holds it.</summary>
    public IReadOnlyList<DepthSummary> Depths { get; init; } = [];

    /// <summary>How many pictures have a caption.</summary>
    public CaptionCount Captions { get; init; } = new(0, 0, []);

    /// <summary>Why no id is known that counts for nothing, from the classes and the sampled labels; null where one is.</summary>
    public string? IgnoreConflict =>
        PixelShares.Count == 0 && Classes.IsIgnoreAssumed ? null : IgnoredValue.Conflict(Classes, PixelShares.Keys);

    /// <summary>Goes through a data set; of pictures only the headers are read, of labels the first hundred.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="progress">Told the number of items.</param>
    /// <param name="stop">Stops between items.</param>
    /// <exception cref="LumenException">A list or a picture cannot be read.</exception>
    public static DatasetSummary Of(Dataset dataset, IProgress<long>? progress = null, CancellationToken stop = default)
    {
        var (pixels, sampled, seen) = (new SortedDictionary<int, long>(), 0, 0L);
        var (splits, depths) = (new List<DatasetSplitSummary>(), new DepthCount());
        foreach (var split in dataset.Splits)
        {
            var (items, generated, captioned) = (0L, 0L, 0L);
            var sizes = new Dictionary<(int Width, int Height), long>();
            var labels = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var item in dataset.Items(split))
            {
                stop.ThrowIfCancellationRequested();
                items++;
                generated += item.IsGenerated ? 1 : 0;
                captioned += dataset.CaptionOf(item) is not null ? 1 : 0;
                if (dataset.Has(item.Picture))
                    Count(sizes, PictureReader.ReadSize(dataset.FullPath(item.Picture)));
                foreach (var label in item.Labels.Where(label => dataset.Has(label.Name)))
                {
                    labels[label.Role] = labels.GetValueOrDefault(label.Role) + 1;
                    depths.Add(dataset.FullPath(label.Name), label);
                }
                if (
                    sampled < Sampled
                    && item.Labels.FirstOrDefault(label => label is { Kind: LabelKind.Classes, IsPng: true }) is { } classes
                    && dataset.Has(classes.Name)
                )
                {
                    sampled++;
                    foreach (var id in LabelReader.Read(dataset.FullPath(classes.Name), classes).Ids ?? [])
                        pixels[id] = pixels.GetValueOrDefault(id) + 1;
                }
                progress?.Report(++seen);
            }
            splits.Add(
                new DatasetSplitSummary(
                    split,
                    items,
                    generated,
                    captioned,
                    [.. sizes.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key.Width, pair.Key.Height, pair.Value))],
                    labels
                )
            );
        }
        var total = pixels.Values.Sum();
        return new DatasetSummary(
            dataset.Format,
            splits,
            dataset.Classes,
            pixels.ToDictionary(pair => pair.Key, pair => pair.Value / (double)total),
            sampled
        )
        {
            Depths = depths.Roles,
            Captions = new CaptionCount(splits.Sum(split => split.Captioned), splits.Sum(split => split.Items), dataset.OtherColumns),
        };
    }

    private static void Count(Dictionary<(int, int), long> sizes, (int, int) size) => sizes[size] = sizes.GetValueOrDefault(size) + 1;
}

/// <summary>The depth of some label files of one role in numbers.</summary>
/// <param name="Role">Which label files.</param>
/// <param name="Files">How many were read.</param>
/// <param name="Least">Smallest value that is not 0, as stored.</param>
/// <param name="Most">Largest value, as stored.</param>
/// <param name="Zeros">Share of pixels that are 0, which is no depth.</param>
/// <param name="StepsPerMetre">Steps a metre that the layout asks for; null where the values are no metres.</param>
public sealed record DepthSummary(string Role, int Files, int Least, int Most, double Zeros, float? StepsPerMetre)
{
    /// <summary>
    /// The file with the smallest median (as stored), and that with the largest: where they lie a fixed factor apart, files of several
    /// scales may be mixed.
    /// </summary>
    public ((string Name, int Median) Near, (string Name, int Median) Far) Medians { get; init; }
}

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
