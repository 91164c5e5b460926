using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>
/// A text file that grows by whole lines only. A line that a crash cut short is removed before the next one is written, and skipped by
/// readers. Reading trusts nothing: neither what the file is nor how long it or a line is.
/// </summary>
internal sealed class LineLog : IDisposable
{
    private const int LongestLine = 1 << 20;
    private const long Largest = 4L << 30;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly FileStream _stream;

    private LineLog(FileStream stream) => _stream = stream;

    /// <summary>Opens a file for appending; no other process may append meanwhile.</summary>
    /// <exception cref="LumenException">It cannot be written.</exception>
    public static LineLog Append(string path) =>
        Written(
            path,
            () =>
            {
                var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
                stream.SetLength(WholeLines(stream));
                stream.Seek(0, SeekOrigin.End);
                return new LineLog(stream);
            }
        );

    /// <summary>Appends a line.</summary>
    /// <exception cref="LumenException">It cannot be written, or the disk is full.</exception>
    public void Add(string line) =>
        Written(
            _stream.Name,
            () =>
            {
                _stream.Write(Strict.GetBytes(line + "\n"));
                return this;
            }
        );

    /// <summary>What was appended is on the disk when this returns.</summary>
    /// <exception cref="LumenException">It cannot be written, or the disk is full.</exception>
    public void Flush() =>
        Written(
            _stream.Name,
            () =>
            {
                _stream.Flush(flushToDisk: true);
                return this;
            }
        );

    public void Dispose() => _stream.Dispose();

    /// <summary>
    /// The whole lines that are not blank, without their ends, with their numbers from 1. Another process may be in the middle of a line.
    /// </summary>
    /// <exception cref="LumenException">It is no ordinary file, too long, has a line that is too long, or is not UTF-8.</exception>
    public static IEnumerable<(int Number, string Text)> Read(string path, CancellationToken stop = default)
    {
        Require(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var left = WholeLines(stream);
        stream.Seek(0, SeekOrigin.Begin);
        var (buffer, line, number) = (new byte[1 << 16], new MemoryStream(), 0);
        while (left > 0 && stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left)) is var count and > 0)
        {
            stop.ThrowIfCancellationRequested();
            left -= count;
            for (var start = 0; start < count; )
            {
                var end = Array.IndexOf(buffer, (byte)'\n', start, count - start);
                var stopAt = end < 0 ? count : end;
                if (line.Length + stopAt - start > LongestLine)
                    throw new LumenException(
                        $"{path}, line {number + 1} is longer than {LongestLine} bytes. Expected a file that lumen augment wrote."
                    );
                line.Write(buffer, start, stopAt - start);
                start = stopAt + 1;
                if (end < 0)
                    continue;
                number++;
                var text = Decoded(line, path, number);
                line.SetLength(0);
                if (!string.IsNullOrWhiteSpace(text))
                    yield return (number, text);
            }
        }
    }

    private static LineLog Written(string path, Func<LineLog> write)
    {
        try
        {
            return write();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Fault(path, cause);
        }
    }

    private static void Require(string path)
    {
        if (FileFacts.Of(path) is not { Kind: FileKind.Ordinary } facts)
            throw new LumenException($"{path} is no ordinary file. Expected a file that lumen augment wrote.");
        if (facts.Length > Largest)
            throw new LumenException(
                $"{path} has {facts.Length} bytes; at most {Largest} are read. Expected a file that lumen augment wrote."
            );
    }

    // A mark at the beginning and carriage returns come from editors; they change nothing.
    private static string Decoded(MemoryStream line, string path, int number)
    {
        try
        {
            return Strict.GetString(line.GetBuffer(), 0, (int)line.Length).TrimStart('\uFEFF').TrimEnd('\r');
        }
        catch (DecoderFallbackException fault)
        {
            throw new LumenException($"{path}, line {number} is not UTF-8 text. Expected a file that lumen augment wrote.", fault);
        }
    }

    private static long WholeLines(FileStream stream)
    {
        var buffer = new byte[1 << 12];
        for (var end = stream.Length; end > 0; )
        {
            var start = Math.Max(0, end - buffer.Length);
            stream.Seek(start, SeekOrigin.Begin);
            var count = stream.ReadAtLeast(buffer.AsSpan(0, (int)(end - start)), (int)(end - start), throwOnEndOfStream: false);
            if (buffer.AsSpan(0, count).LastIndexOf((byte)'\n') is var at and >= 0)
                return start + at + 1;
            end = start;
        }
        return 0;
    }
}

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
