using System.Text;
using Lumen.Core;

namespace Lumen.Augmentation;

/// <summary>
/// The record of an augmentation: <c>manifest.jsonl</c>, or <c>manifest-1-of-4.jsonl</c> where several processes share the work. A line is appended and on the disk before the next picture begins;
/// a line that a crash cut short is cut off.
/// </summary>
public sealed class Manifest : IDisposable
{
    private const string Pattern = "manifest*.jsonl";
    private readonly FileStream _stream;

    private Manifest(FileStream stream) => _stream = stream;

    /// <summary>Everything that any process has recorded in a folder. Where a picture was made again, the later line counts.</summary>
    /// <exception cref="LumenException">A line cannot be read.</exception>
    public static IReadOnlyList<ManifestEntry> Read(string folder)
    {
        var entries = new Dictionary<(string, int), ManifestEntry>();
        if (!Directory.Exists(folder)) return [];
        foreach (var path in Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal))
        {
            var number = 0;
            foreach (var line in Lines(path))
            {
                var entry = ManifestEntry.FromJson(line, $"{path}, line {++number}");
                entries[(entry.Source, entry.Variant)] = entry;
            }
        }
        return [.. entries.Values.OrderBy(entry => entry.Source, StringComparer.Ordinal).ThenBy(entry => entry.Variant)];
    }

    /// <summary>Opens the manifest of a shard for appending.</summary>
    /// <exception cref="LumenException">It cannot be written.</exception>
    internal static Manifest Append(string folder, (int Index, int Count) shard)
    {
        var path = Path.Combine(folder, shard.Count == 1 ? "manifest.jsonl" : $"manifest-{shard.Index}-of-{shard.Count}.jsonl");
        try
        {
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            stream.SetLength(WholeLines(stream));
            stream.Seek(0, SeekOrigin.End);
            return new Manifest(stream);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LumenException($"The manifest {path} cannot be written: {fault.Message} Another process may be using it.", fault);
        }
    }

    /// <summary>Appends a line; it is on the disk when this returns.</summary>
    internal void Add(ManifestEntry entry)
    {
        _stream.Write(Encoding.UTF8.GetBytes(entry.ToJson() + "\n"));
        _stream.Flush(flushToDisk: true);
    }

    public void Dispose() => _stream.Dispose();

    // Another process may be in the middle of a line.
    private static IEnumerable<string> Lines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var whole = WholeLines(stream);
        stream.Seek(0, SeekOrigin.Begin);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        for (long read = 0; read < whole;)
        {
            var line = reader.ReadLine()!;
            read += Encoding.UTF8.GetByteCount(line) + 1;
            yield return line;
        }
    }

    private static long WholeLines(FileStream stream)
    {
        var buffer = new byte[1 << 12];
        for (var end = stream.Length; end > 0;)
        {
            var start = Math.Max(0, end - buffer.Length);
            stream.Seek(start, SeekOrigin.Begin);
            var count = stream.ReadAtLeast(buffer.AsSpan(0, (int)(end - start)), (int)(end - start), throwOnEndOfStream: false);
            if (buffer.AsSpan(0, count).LastIndexOf((byte)'\n') is var at and >= 0) return start + at + 1;
            end = start;
        }
        return 0;
    }
}
