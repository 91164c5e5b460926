using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Files;

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

    /// <summary>
    /// Everything that any process has recorded in a folder, as it counts: where a picture was made again, the later line, and one that was
    /// rejected by hand (<see cref="AugmentationReview"/>) has no <see cref="ManifestEntry.Item"/>.
    /// </summary>
    /// <exception cref="LumenException">A line cannot be read.</exception>
    public static IReadOnlyList<ManifestEntry> Read(string folder)
    {
        var review = ReviewRecord.Read(folder);
        return [.. Recorded(folder).Select(review.Applied)];
    }

    /// <summary>The same without what was decided by hand.</summary>
    internal static IReadOnlyList<ManifestEntry> Recorded(string folder)
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
        catch (LumenException fault) when (fault.InnerException is { } cause)
        {
            throw new LumenException(
                $"The manifest {Path.Combine(folder, name)} cannot be written: {cause.Message} Another process may be using it.",
                cause
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

    /// <summary>Records the length of the manifest.</summary>
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

/// <summary>
/// The digest that chains the lines of a manifest: SHA-256 of the digest before, a line feed and the line, in hexadecimal; empty before the
/// first line. Every line carries the digest of all lines before it, so a line that is changed, taken out, put in or moved is found by the
/// next one, and the head (<see cref="ManifestHead"/>) finds it shows when lines end.
/// </summary>
internal sealed class ManifestChain
{
    /// <summary>Lines so far.</summary>
    public long Lines { get; private set; }

    /// <summary>Digest of all lines so far.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>The next line, without its end.</summary>
    public void Add(string line) => (Lines, Digest) = (Lines + 1, ItemHash.Of(Encoding.UTF8.GetBytes($"{Digest}\n{line}")));

    /// <summary>Continues from a digest that a line states, so that one fault is reported once.</summary>
    public void Trust(string digest) => Digest = digest;
}

/// <summary>
/// The length of a manifest, kept beside it in <c>lumen/NAME.head.json</c> and written at checkpoints and at the end: it shows when lines
/// were cut from the manifest's end.
/// </summary>
/// <param name="Manifest">Name of the manifest.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Sha256">Digest of all of them, see <see cref="ManifestChain"/>.</param>
/// <param name="Finished">Whether the run came to its end; otherwise there may be further lines.</param>
/// <param name="OriginalsSha256">SHA-256 of the record of originals.</param>
/// <param name="SettingsSha256">SHA-256 of the settings.</param>
internal sealed record ManifestHead(
    string Manifest,
    long Lines,
    string Sha256,
    bool Finished,
    string? OriginalsSha256,
    string? SettingsSha256
)
{
    private const string Ending = ".head.json";
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Where the head of a manifest is, below the augmented data set's folder.</summary>
    public static string NameOf(string manifest) => $"lumen/{Path.GetFileNameWithoutExtension(manifest)}{Ending}";

    /// <summary>
    /// Whether what a stopped run left to do was done since by one of another number of shares, all of which have come to their end.
    /// </summary>
    public static bool IsCovered(ManifestHead stopped, IReadOnlyList<ManifestHead> heads, string folder)
    {
        var since = WrittenAt(stopped);
        return heads
            .Where(head => head.Finished && WrittenAt(head) >= since)
            .GroupBy(head => SharesOf(head.Manifest))
            .Any(run => run.Key is { } shares && run.Count() == shares);

        DateTime WrittenAt(ManifestHead head) => File.GetLastWriteTimeUtc(Path.Combine(folder, NameOf(head.Manifest)));
    }

    // manifest.jsonl is one share, manifest-2-of-3.jsonl one of three.
    private static int? SharesOf(string manifest) =>
        Path.GetFileNameWithoutExtension(manifest).Split("-of-") switch
        {
            ["manifest"] => 1,
            [_, var count] when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var shares) => shares,
            _ => null,
        };

    /// <summary>The heads of a folder.</summary>
    /// <exception cref="LumenException">One cannot be read.</exception>
    public static IEnumerable<ManifestHead> In(string folder)
    {
        var place = Path.Combine(folder, "lumen");
        if (!Directory.Exists(place))
            yield break;
        foreach (var path in Directory.EnumerateFiles(place, $"manifest*{Ending}").Order(StringComparer.Ordinal))
        {
            if (FileFacts.OfName(path) is not { Kind: FileKind.Ordinary })
                throw new LumenException($"{path} is no ordinary file. Expected a file that lumen augment wrote.");
            var head = JsonFile.Read(path).As<ManifestHead>(Json);
            yield return Path.GetFileName(head.Manifest) == head.Manifest
            && head.Lines >= 0
            && Path.Combine(folder, NameOf(head.Manifest)) == path
                ? head
                : throw new LumenException(
                    $"{path} is about the manifest \"{head.Manifest}\", which is another one's name. Expected a file that lumen "
                        + "augment wrote."
                );
        }
    }

    /// <summary>Writes it.</summary>
    public void Write(string folder) =>
        AtomicFile.Write(Path.Combine(folder, NameOf(Manifest)), Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, Json) + "\n"));
}
