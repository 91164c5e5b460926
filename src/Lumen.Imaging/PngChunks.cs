using System.Buffers.Binary;
using System.Text;

namespace Lumen.Imaging;

/// <summary>
/// Walks the chunks of a PNG file (W3C PNG, third edition, section 5). Lengths and checksums are checked before a chunk is handed out.
/// </summary>
internal static class PngChunks
{
    /// <summary>The eight bytes at the start of every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    // Deflate cannot shrink by more than about 1032 to 1.
    private const long LargestRatio = 1040;

    /// <summary>Every chunk up to IEND: its name and where its data is.</summary>
    /// <exception cref="LumenException">Not a PNG file, cut short, or a checksum differs.</exception>
    public static List<(string Name, Range Data)> Walk(byte[] file, string name)
    {
        if (!file.AsSpan().StartsWith(Signature))
            throw new LumenException(
                LumenErrorKind.Format,
                $"{name} is not a PNG file: its first bytes are not PNG's signature. Labels, depth and settings are read from PNG only."
            );
        var chunks = new List<(string, Range)>();
        var at = Signature.Length;
        while (true)
        {
            if (file.Length - at < 12)
                throw Broken(name, $"the file ends after {file.Length} bytes, before the chunk IEND");
            long length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12)
                throw Broken(name, $"the chunk at byte {at} claims {length} bytes but {file.Length - at - 12} are left");
            var body = file.AsSpan(at + 4, (int)length + 4);
            if (Crc32.Append(0, body) != BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + (int)length)))
                throw Broken(name, $"the checksum of the chunk at byte {at} differs");
            var kind = Encoding.Latin1.GetString(body[..4]);
            if (kind == "IEND")
                return chunks;
            chunks.Add((kind, (at + 8)..(at + 8 + (int)length)));
            at += (int)length + 12;
        }
    }

    /// <summary>The IHDR chunk, checked against the standard's table of allowed combinations and <see cref="Picture.MaxPixels"/>.</summary>
    /// <exception cref="LumenException">There is none, or its values are not allowed.</exception>
    public static PngHeader Header(byte[] file, List<(string Name, Range Data)> chunks, string name)
    {
        if (chunks.Count == 0 || chunks[0].Name != "IHDR" || file.AsSpan(chunks[0].Data).Length != 13)
            throw Broken(name, "it does not begin with a 13-byte IHDR chunk");
        var data = file.AsSpan(chunks[0].Data);
        PictureBytes.RequireSize(name, BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        var header = new PngHeader(
            BinaryPrimitives.ReadInt32BigEndian(data),
            BinaryPrimitives.ReadInt32BigEndian(data[4..]),
            data[8],
            data[9],
            data[12] == 1
        );
        var allowed = (header.Colour, header.Depth) switch
        {
            (0, 1 or 2 or 4 or 8 or 16) => true,
            (3, 1 or 2 or 4 or 8) => true,
            (2 or 4 or 6, 8 or 16) => true,
            _ => false,
        };
        if (!allowed || data[10] != 0 || data[11] != 0 || data[12] > 1)
            throw Broken(
                name,
                $"its header says colour type {data[9]}, depth {data[8]}, compression {data[10]}, filter {data[11]}, interlace "
                    + $"{data[12]}, which the standard does not allow"
            );
        return header;
    }

    /// <summary>
    /// Whether the error comes from a zlib stream read from memory that cannot be unpacked: an <see cref="InvalidDataException"/> for
    /// damaged data, an <see cref="IOException"/> for what the library does not expect, such as a preset dictionary.
    /// </summary>
    public static bool IsBadDeflate(Exception error) => error is InvalidDataException or IOException;

    /// <summary>All IDAT chunks joined: one zlib stream.</summary>
    public static byte[] ImageData(byte[] file, List<(string Name, Range Data)> chunks)
    {
        var parts = chunks.Where(chunk => chunk.Name == "IDAT").Select(chunk => chunk.Data).ToList();
        var joined = new byte[parts.Sum(part => part.End.Value - part.Start.Value)];
        var at = 0;
        foreach (var part in parts)
        {
            file.AsSpan(part).CopyTo(joined.AsSpan(at));
            at += part.End.Value - part.Start.Value;
        }
        return joined;
    }

    /// <summary>
    /// Refuses a file whose compressed data cannot possibly unpack to the size that its header claims, before that size is allocated.
    /// </summary>
    public static void RequirePlausible(PngHeader header, long compressed, string name)
    {
        var bytes = ((long)header.Width * header.Channels * header.Depth + 7) / 8 * header.Height;
        if (bytes > compressed * LargestRatio + LargestRatio)
            throw Broken(name, $"{header.Width} x {header.Height} pixels cannot come out of {compressed} compressed bytes");
    }

    /// <summary>
    /// The same of a whole file. Its first chunk must be IHDR: what comes before it would decide what is looked at here, and decoders skip
    /// it.
    /// </summary>
    /// <exception cref="LumenException">It does not begin with IHDR, or cannot unpack to what that claims.</exception>
    public static void RequirePlausible(byte[] file, string name)
    {
        var at = Signature.Length;
        if (file.Length < at + 25)
            throw Broken(name, "it is shorter than a header");
        if (!file.AsSpan(at).StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 13, .. "IHDR"u8]))
            throw Broken(name, "it does not begin with a 13-byte IHDR chunk");
        RequirePlausible(Header(file, [("IHDR", (at + 8)..(at + 21))], name), file.Length, name);
    }

    /// <summary>The data of the first chunk of this kind, without checking sums; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file, ReadOnlySpan<byte> kind)
    {
        for (var at = Signature.Length; file.Length - at >= 12; )
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
                break;
            if (file.Slice(at + 4, 4).SequenceEqual(kind))
                return file.Slice(at + 8, (int)length);
            at += (int)length + 12;
        }
        return [];
    }

    /// <summary>The sentence for a damaged file.</summary>
    public static LumenException Broken(string name, string what, Exception? inner = null) =>
        new(LumenErrorKind.Format, $"The PNG file {name} is damaged: {what}. Copy or download it again.", inner);
}

/// <summary>The IHDR chunk of a PNG file.</summary>
/// <param name="Width">Pixels per row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Depth">Bits per sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Colour">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.</param>
/// <param name="Interlaced">Whether the rows come in Adam7's seven passes.</param>
internal readonly record struct PngHeader(int Width, int Height, int Depth, int Colour, bool Interlaced)
{
    /// <summary>Samples per pixel.</summary>
    public int Channels =>
        Colour switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };

    /// <summary>Bytes of one unfiltered row of <paramref name="width"/> pixels.</summary>
    public int RowBytes(int width) => checked((int)(((long)width * Channels * Depth + 7) / 8));

    /// <summary>The colour type in words.</summary>
    public string Kind =>
        Colour switch
        {
            0 => $"{Depth}-bit grey",
            2 => $"{Depth}-bit RGB",
            3 => $"{Depth}-bit palette",
            4 => $"{Depth}-bit grey with alpha",
            _ => $"{Depth}-bit RGB with alpha",
        };
}
