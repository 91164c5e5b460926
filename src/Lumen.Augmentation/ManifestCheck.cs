namespace Lumen.Augmentation;

/// <summary>Reads the manifests of a folder as a stranger's: their order, their length, and whether what they say is possible.</summary>
internal sealed class ManifestCheck
{
    private readonly Dictionary<(string, int), ManifestEntry> _entries = [];

    /// <summary>What is wrong, a sentence each.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>What cannot be told, a sentence each.</summary>
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
        if (!head.Finished)
            Notes.Add(
                $"The run that wrote {name} was stopped before its end. The same command finishes it; until then the lists may lack "
                    + "the newest pictures."
            );
    }
}
