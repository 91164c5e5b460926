using System.Buffers.Binary;
using System.Text;

namespace Lumen.Testing.Mutations;

/// <summary>Damage to PNG files whose checksums are right all the same, so that it reaches what reads the chunks.</summary>
internal static class PngDamage
{
    private static readonly string[] Kinds =
    [
        "IHDR",
        "IDAT",
        "PLTE",
        "IEND",
        "tEXt",
        "zTXt",
        "iTXt",
        "eXIf",
        "iCCP",
        "tRNS",
        "gAMA",
        "prIv",
    ];
    private static readonly uint[] Sizes = [0, 1, 7, 65535, 65536, 1 << 24, 1u << 30, int.MaxValue, uint.MaxValue];

    /// <summary>The first bytes of every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The file with one chunk changed, moved, doubled, left out or put in.</summary>
    public static byte[] Apply(byte[] file, Random random)
    {
        var chunks = Chunks(file);
        if (chunks.Count == 0)
            return file;
        var at = random.Next(chunks.Count);
        var (kind, data) = chunks[at];
        switch (random.Next(8))
        {
            case 0 or 1:
                if (data.Length > 0)
                    data[random.Next(data.Length)] = (byte)random.Next(256);
                break;
            case 2: // a size, a depth or a colour of the header
                var header = chunks.FindIndex(chunk => chunk.Kind == "IHDR");
                if (header < 0 || chunks[header].Data.Length < 13)
                    break;
                if (random.Next(2) == 0)
                    BinaryPrimitives.WriteUInt32BigEndian(chunks[header].Data.AsSpan(4 * random.Next(2)), Sizes[random.Next(Sizes.Length)]);
                else
                    chunks[header].Data[random.Next(8, 13)] = (byte)random.Next(17);
                break;
            case 3:
                chunks.RemoveAt(at);
                break;
            case 4:
                chunks.Insert(random.Next(chunks.Count), (kind, [.. data]));
                break;
            case 5:
                chunks[at] = (Kinds[random.Next(Kinds.Length)], data);
                break;
            case 6:
                var content = new byte[random.Next(40)];
                random.NextBytes(content);
                chunks.Insert(random.Next(chunks.Count), (Kinds[random.Next(Kinds.Length)], content));
                break;
            default:
                chunks[at] = (kind, data[..random.Next(data.Length + 1)]);
                break;
        }
        return [.. Signature, .. chunks.SelectMany(chunk => Bytes(chunk.Kind, chunk.Data))];
    }

    private static List<(string Kind, byte[] Data)> Chunks(byte[] file)
    {
        var chunks = new List<(string, byte[])>();
        for (var at = Signature.Length; file.Length - at >= 12; )
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12)
                break;
            chunks.Add((Encoding.Latin1.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + (int)length)]));
            at += 12 + (int)length;
        }
        return chunks;
    }

    private static byte[] Bytes(string kind, byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(chunk, (uint)data.Length);
        Encoding.Latin1.GetBytes(kind).CopyTo(chunk, 4);
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
        }
        return ~crc;
    }
}
