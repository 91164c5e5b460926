namespace Lumen.Augmentation;

/// <summary>
/// The record of an augmentation: <c>manifest.jsonl</c>, or <c>manifest-1-of-4.jsonl</c> where several processes share the work. A line is
/// appended and on the disk before the next picture begins; a line that a crash cut short is cut off. Every line carries the digest of
/// those before it.
/// </summary>
public sealed class Manifest : IDisposable
{
    private const string Pattern = "manifest*.jsonl";
    private readonly LineLog _log;
    private readonly ManifestChain _chain = new();
    private readonly string _folder,
        _name;

    private Manifest(string folder, string name)
    {
        (_folder, _name) = (folder, name);
        _log = LineLog.Append(Path.Combine(folder, name));
        foreach (var (_, line) in LineLog.Read(Path.Combine(folder, name)))
            _chain.Add(line);
    }

    /// <summary>Everything that any process has recorded in a folder. Where a picture was made again, the later line counts.</summary>
    /// <exception cref="LumenException">A line cannot be read.</exception>
    public static IReadOnlyList<ManifestEntry> Read(string folder)
    {
        var entries = new Dictionary<(string, int), ManifestEntry>();
        foreach (var path in In(folder))
        {
            foreach (var (number, line) in LineLog.Read(path))
            {
                var entry = ManifestEntry.FromJson(line, $"{path}, line {number}");
                entries[(entry.Source, entry.Variant)] = entry;
            }
        }
        return [.. entries.Values.OrderBy(entry => entry.Source, StringComparer.Ordinal).ThenBy(entry => entry.Variant)];
    }

    /// <summary>Paths of the manifests in a folder, in order.</summary>
    internal static IReadOnlyList<string> In(string folder) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal)] : [];

    /// <summary>Opens the manifest of a shard for appending.</summary>
    /// <exception cref="LumenException">It cannot be written.</exception>
    internal static Manifest Append(string folder, (int Index, int Count) shard)
    {
        var name = $"manifest{ShardName(shard)}.jsonl";
        try
        {
            return new Manifest(folder, name);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LumenException(
                $"The manifest {Path.Combine(folder, name)} cannot be written: {fault.Message} Another process may be using it.",
                fault
            );
        }
    }

    /// <summary>What the files of a shard have in their names; nothing where there is one.</summary>
    internal static string ShardName((int Index, int Count) shard) => shard.Count == 1 ? "" : $"-{shard.Index}-of-{shard.Count}";

    /// <summary>Appends a line; it is on the disk when this returns.</summary>
    internal void Add(ManifestEntry entry)
    {
        var line = (entry with { Previous = _chain.Digest }).ToJson();
        _log.Add(line);
        _log.Flush();
        _chain.Add(line);
    }

    /// <summary>Notes how far the manifest is.</summary>
    /// <param name="isFinished">Whether the run has come to its end.</param>
    /// <param name="originals">SHA-256 of the record of originals.</param>
    internal void WriteHead(bool isFinished, string? originals)
    {
        var settings = Path.Combine(_folder, AugmentationSettings.File);
        new ManifestHead(
            _name,
            _chain.Lines,
            _chain.Digest,
            isFinished,
            originals,
            File.Exists(settings) ? ItemHash.OfFile(settings) : null
        ).Write(_folder);
    }

    public void Dispose() => _log.Dispose();
}
