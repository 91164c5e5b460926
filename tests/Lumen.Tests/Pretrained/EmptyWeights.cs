using System.Buffers.Binary;
using System.Text.Json;

namespace Lumen.Tests.Pretrained;

/// <summary>Safetensors files of any size whose data are holes on the disk: zeros that take no room.</summary>
internal static class EmptyWeights
{
    /// <summary>Writes float16 zeros.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Names and shapes.</param>
    /// <param name="metadata">Strings beside them; null for none.</param>
    /// <returns>The path.</returns>
    public static string Write(
        string path,
        IEnumerable<(string Name, long[] Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        var header = new Dictionary<string, object>(StringComparer.Ordinal);
        if (metadata is not null)
            header["__metadata__"] = metadata;
        var offset = 0L;
        foreach (var (name, shape) in tensors)
        {
            var end = offset + 2 * shape.Aggregate(1L, (product, size) => product * size);
            header[name] = new
            {
                dtype = "F16",
                shape,
                data_offsets = new[] { offset, end },
            };
            offset = end;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        using var stream = File.Create(path);
        stream.Write(prefix);
        stream.Write(json);
        stream.SetLength(8 + json.Length + offset);
        return path;
    }
}
