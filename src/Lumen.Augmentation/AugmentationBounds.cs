using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>What the numbers of an augmentation may be, whether they come from a caller or from a manifest.</summary>
internal static class AugmentationBounds
{
    /// <summary>New pictures of a source.</summary>
    public static readonly (int Least, int Most) Variants = (1, 998);

    /// <summary>Further attempts.</summary>
    public static readonly (int Least, int Most) Retries = (0, 20);

    /// <summary>Pictures in one pass.</summary>
    public static readonly (int Least, int Most) Batch = (1, AugmentationOptions.MaxBatch);

    /// <summary>Pixels of blending.</summary>
    public static readonly (int Least, int Most) Feather = (0, 256);

    /// <summary>Shorter side at which pictures are generated, unless it is the source's own.</summary>
    public static readonly (int Least, int Most) Resolution = (16, 4096);

    /// <summary>Sides of new pictures.</summary>
    public static readonly (int Least, int Most) Side = (8, 16384);

    /// <summary>Threads that computed a picture: machines have as many processors, and each costs memory.</summary>
    public static readonly (int Least, int Most) Threads = (0, 512);

    private const int MostFiles = 1000,
        LongestText = 1 << 16;

    /// <summary>Whether a number is within its bounds.</summary>
    public static bool Holds((int Least, int Most) bounds, int value) => value >= bounds.Least && value <= bounds.Most;

    /// <summary>Whether a picture may have this size.</summary>
    public static bool IsPicture(int width, int height) => width >= 1 && height >= 1 && (long)width * height <= Picture.MaxPixels;

    /// <summary>What a line of a manifest cannot say, a sentence each.</summary>
    public static IEnumerable<string> FaultsOf(ManifestEntry entry)
    {
        if (entry.Variant != AugmentationScan.SourceWide)
            foreach (var fault in Within("variant", (0, Variants.Most - 1), entry.Variant))
                yield return fault;
        if (entry.Item is null)
            yield break;
        if (entry.Sha256 is null)
            yield return "it names a picture without its SHA-256.";
        if (entry.Labels.Count + entry.Extras.Count > MostFiles)
            yield return $"it names {entry.Labels.Count + entry.Extras.Count} files beside its picture; at most {MostFiles} are made.";
        if (Math.Max(entry.Prompt.Length, entry.NegativePrompt.Length) > LongestText)
            yield return $"its prompt is longer than {LongestText} letters.";
        foreach (
            var fault in Within("attempt", (0, Retries.Most), entry.Attempt)
                .Concat(Within("batch", Batch, entry.Batch))
                .Concat(Within("threads", Threads, entry.Threads))
                .Concat(Within("feather", Feather, entry.Feather ?? 0))
        )
            yield return fault;
        if ((entry.Width, entry.Height) != (0, 0) && !IsPicture(entry.Width, entry.Height))
            yield return $"its picture cannot have {entry.Width} x {entry.Height} pixels.";
        if (!IsPicture(entry.WorkingWidth, entry.WorkingHeight))
            yield return $"its picture cannot have been made at {entry.WorkingWidth} x {entry.WorkingHeight} pixels.";
        if (FaultOfSampling(entry) is { } sampling)
            yield return sampling;
    }

    /// <summary>Refuses a line that says what cannot be, before anything is done by it.</summary>
    /// <exception cref="LumenException">A number is out of its bounds.</exception>
    public static void Require(ManifestEntry entry)
    {
        var faults = FaultsOf(entry).ToList();
        if (faults.Count > 0)
            throw new LumenException(
                $"{entry.Item ?? entry.Source} cannot be made again, for its line in the manifest is not one that lumen augment "
                    + $"writes: {string.Join(" ", faults)}"
            );
    }

    private static string? FaultOfSampling(ManifestEntry entry)
    {
        try
        {
            VariantRecord.Options(entry).Validate();
            return null;
        }
        catch (LumenException fault)
        {
            return fault.Message;
        }
    }

    private static IEnumerable<string> Within(string name, (int Least, int Most) bounds, int value)
    {
        if (!Holds(bounds, value))
            yield return $"{name} must be {bounds.Least} to {bounds.Most} but is {value}.";
    }
}
