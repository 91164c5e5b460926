using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>
/// The files that a shard has copied from the original data set, with their hashes: <c>lumen/originals.jsonl</c>, or
/// <c>lumen/originals-1-of-4.jsonl</c>.
/// </summary>
internal sealed class OriginalsRecord : IDisposable
{
    private const string Pattern = "originals*.jsonl";
    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly LineLog _log;
    private readonly string _path;

    /// <summary>Opens the record of a shard.</summary>
    public OriginalsRecord(string folder, (int Index, int Count) shard)
    {
        _path = Path.Combine(folder, "lumen", $"originals{Manifest.ShardName(shard)}.jsonl");
        _log = LineLog.Append(_path);
        foreach (var (name, hash) in Read(_path))
            _hashes[name] = hash;
    }

    /// <summary>Everything that any shard has recorded. Where a file was copied again, the later line counts.</summary>
    /// <exception cref="LumenException">A line cannot be read.</exception>
    public static IEnumerable<(string Name, string Sha256)> In(string folder) => Paths(folder).SelectMany(Read);

    /// <summary>Paths of the records in a folder.</summary>
    public static IReadOnlyList<string> Paths(string folder) =>
        Path.Combine(folder, "lumen") is var place && Directory.Exists(place)
            ? [.. Directory.EnumerateFiles(place, Pattern).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>Whether a file is recorded.</summary>
    public bool Has(string name) => _hashes.ContainsKey(name);

    /// <summary>Records a file.</summary>
    public void Add(string name, string sha256)
    {
        if (_hashes.TryGetValue(name, out var known) && known == sha256)
            return;
        _hashes[name] = sha256;
        _log.Add(new JsonObject { ["file"] = name, ["sha256"] = sha256 }.ToJsonString(Json));
    }

    /// <summary>Puts the record on the disk.</summary>
    /// <returns>Its SHA-256.</returns>
    public string Save()
    {
        _log.Flush();
        return ItemHash.OfFile(_path);
    }

    public void Dispose() => _log.Dispose();

    private static IEnumerable<(string Name, string Sha256)> Read(string path)
    {
        foreach (var (number, line) in LineLog.Read(path))
        {
            var entry = JsonFile.Parse(line, $"{path}, line {number}");
            yield return (entry.Required("file").Text(), entry.Required("sha256").Text());
        }
    }
}
