using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Files;
using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>
/// Writes safetensors files: the same tensors give the same bytes. Order as the reference writer's (wider types first, then names), header
/// padded to 8 bytes,
/// <c>format: pt</c> always in the metadata, since readers of the ecosystem insist on it.
/// </summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 1 << 25;

    /// <summary>Writes all tensors (any device, strides and shape) with the dtypes they have.</summary>
    /// <exception cref="LumenException">The folder cannot be written to, or the disk is full; nothing is left half-written.</exception>
    /// <exception cref="ArgumentException">A name occurs twice or is reserved, or safetensors lacks a dtype.</exception>
    public static void Write(
        string path,
        IEnumerable<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    ) => WriteEach(path, [.. tensors.Select(pair => StoredTensor.Of(pair.Key, pair.Value))], metadata);

    /// <summary>Writes tensors that are made one after the other, and freed when they are written.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{KeyValuePair{string, Tensor}}, IReadOnlyDictionary{string, string}?)"/>
    public static void WriteEach(string path, IReadOnlyList<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        StoredTensor[] ordered =
        [
            .. tensors.OrderByDescending(one => SafetensorsTypes.Rank(one.DType)).ThenBy(one => one.Name, StringComparer.Ordinal),
        ];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in ordered)
        {
            if (one.Name == "__metadata__" || !names.Add(one.Name))
                throw new ArgumentException($"The tensor name \"{one.Name}\" is reserved or occurs twice.", nameof(tensors));
        }
        var header = Header([.. ordered.Select(one => (one.Name, one.DType, one.Shape))], metadata);
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                foreach (var one in ordered)
                    WriteAll(stream, one);
            },
            header.LongLength + ordered.Sum(one => one.Bytes)
        );
    }

    /// <summary>The bytes before the data, for tensors in the order of their data.</summary>
    internal static byte[] Header(
        IReadOnlyList<(string Name, ScalarType DType, IReadOnlyList<long> Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata
    )
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long offset = 0;
            foreach (var (name, dtype, shape) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsTypes.Name(dtype));
                json.WriteStartArray("shape");
                foreach (var size in shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += shape.Aggregate((long)SafetensorsTypes.Bytes(dtype), (product, size) => product * size));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        var padded = (buffer.WrittenCount + 7) / 8 * 8;
        var header = new byte[sizeof(ulong) + padded];
        header.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        buffer.WrittenSpan.CopyTo(header.AsSpan(sizeof(ulong)));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
            all[key] = value;
        all["format"] = "pt";
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in all)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteAll(Stream stream, StoredTensor one)
    {
        var lacking = one.Bytes;
        foreach (var make in one.Parts ?? [one.Make])
        {
            using var scope = NewDisposeScope();
            var part = make();
            lacking -= part.dtype == one.DType ? part.numel() * SafetensorsTypes.Bytes(part.dtype) : long.MaxValue;
            if (lacking < 0)
                break;
            WriteData(stream, part);
        }
        if (lacking != 0)
            throw new InvalidOperationException($"What was made of {one.Name} is no {one.DType} of {Shape.Text(one.Shape)}.");
    }

    private static void WriteData(Stream stream, Tensor tensor)
    {
        var count = tensor.numel();
        if (count == 0)
            return;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1); // [count]
        var step = ChunkBytes / SafetensorsTypes.Bytes(tensor.dtype);
        for (long start = 0; start < count; start += step)
        {
            using var chunk = flat.narrow(0, start, Math.Min(step, count - start));
            stream.Write(chunk.bytes);
        }
    }
}
