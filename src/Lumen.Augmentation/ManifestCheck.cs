using Lumen.Captioning;
using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>Reads the manifests of a folder without trust: their order, their length, and whether what they say is possible.</summary>
internal sealed class ManifestCheck
{
    private readonly Dictionary<(string, int), ManifestEntry> _entries = [];

    /// <summary>What is wrong, a sentence each.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>What cannot be checked, a sentence each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The lines that count.</summary>
    public IReadOnlyCollection<ManifestEntry> Entries => _entries.Values;

    /// <summary>The heads.</summary>
    public IReadOnlyList<ManifestHead> Heads { get; private init; } = [];

    /// <summary>Reads them.</summary>
    /// <exception cref="LumenException">A line or a head cannot be read.</exception>
    public static ManifestCheck Of(string folder, CancellationToken stop)
    {
        var check = new ManifestCheck { Heads = [.. ManifestHead.In(folder)] };
        var heads = check.Heads.ToDictionary(head => head.Manifest, StringComparer.Ordinal);
        foreach (var path in Manifest.In(folder))
            check.Add(path, heads.GetValueOrDefault(Path.GetFileName(path)), stop);
        foreach (var head in check.Heads.Where(head => head.Lines > 0 && !File.Exists(Path.Combine(folder, head.Manifest))))
            check.Faults.Add($"{head.Manifest} is missing: {head.Lines} lines of it were written.");
        foreach (var head in check.Heads.Where(head => !head.Finished && File.Exists(Path.Combine(folder, head.Manifest))))
            if (!ManifestHead.IsCovered(head, check.Heads, folder))
                check.Notes.Add(
                    $"The run that wrote {head.Manifest} was stopped before its end. The same command finishes it; until then the lists "
                        + "may lack the newest pictures."
                );
        return check;
    }

    private void Add(string path, ManifestHead? head, CancellationToken stop)
    {
        var (name, chain, unchained, chained, headDigest) = (
            Path.GetFileName(path),
            new ManifestChain(),
            0L,
            0L,
            head?.Lines == 0 ? "" : null
        );
        var before = Faults.Count;
        foreach (var (number, line) in LineLog.Read(path, stop))
        {
            var place = $"{name}, line {number}";
            var entry = ManifestEntry.FromJson(line, $"{path}, line {number}");
            Faults.AddRange(AugmentationBounds.FaultsOf(entry).Select(fault => $"{place}: {fault}"));
            _entries[(entry.Source, entry.Variant)] = entry;
            if (entry.Previous is null)
                unchained++;
            else if (entry.Previous != chain.Digest)
            {
                Faults.Add(
                    $"{place} does not follow on what is before it: the line before was changed, or one was taken out, put in or "
                        + "moved there."
                );
                chain.Trust(entry.Previous);
            }
            if (entry.Previous is null && chained > 0)
                Faults.Add($"{place} has no digest although those before it do: it was put in or changed.");
            if (entry.Previous is not null)
                chained++;
            chain.Add(line);
            if (chain.Lines == head?.Lines)
                headDigest = chain.Digest;
        }
        if (head is null && chained > 0)
            Faults.Add($"{ManifestHead.NameOf(name)}, which says how long {name} is, is missing.");
        if (unchained > 0)
            Notes.Add(
                $"{name} was begun by an earlier version, whose lines have no digests: {unchained} of its lines may have been "
                    + "changed, and others taken out, without being noticed."
            );
        if (head is not null)
            Compare(name, chain.Lines, head, headDigest, Faults.Count > before);
    }

    private void Compare(string name, long lines, ManifestHead head, string? digest, bool hasFaults)
    {
        if (lines < head.Lines)
            Faults.Add(
                $"{name} has {lines} lines, but {head.Lines} were written: {head.Lines - lines} were cut from its end or taken out."
            );
        else if (digest != head.Sha256 && !hasFaults)
            Faults.Add(
                $"{name}, line {head.Lines} or one before it was changed: the digest of its lines is another one than the recorded one."
            );
        else if (lines > head.Lines && head.Finished)
            Faults.Add($"{name} has {lines} lines, but {head.Lines} were written: {lines - head.Lines} were put in.");
    }
}

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

    /// <summary>What is impossible in a line of a manifest, a sentence each.</summary>
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
        if (entry.Obedience is { } obedience && (obedience.Groups.Count == 0 || obedience.Groups.Any(IsNoShare)))
            yield return "the shares of its obedience must be 0 to 1, and one at least.";
        foreach (var fault in entry.Generation.Faults())
            yield return fault.Sentence(GenerationOptionsJson.KeyOf);
    }

    /// <summary>Refuses a line with impossible values before it is used.</summary>
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

    private static bool IsNoShare(ObeyedPhrase one) => one.Share is not (>= 0 and <= 1) || one.Reference is < 0 or > 1;

    private static IEnumerable<string> Within(string name, (int Least, int Most) bounds, int value)
    {
        if (!Holds(bounds, value))
            yield return $"{name} must be {bounds.Least} to {bounds.Most} but is {value}.";
    }
}
