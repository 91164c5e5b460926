using System.Buffers.Binary;
using System.IO.Compression;

namespace Lumen.Imaging;

/// <summary>
/// Reads the numbers stored in a PNG as they are: grey values, palette indices (not colours) and text. For labels, instances and depth,
/// where a picture decoder's colour handling would change ids.
/// </summary>
public static class PngReader
{
    private const int PaletteColour = 3;

    // Where Adam7's seven passes begin and how far apart their pixels are: x, y, step x, step y.
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
    [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];

    /// <summary>
    /// Reads ids: palette indices, or grey values of 1 to 16 bits as stored. RGB files are accepted where red, green and blue are equal
    /// everywhere.
    /// </summary>
    /// <returns>Width, height and [H, W] flattened.</returns>
    /// <exception cref="LumenException">Missing, unreadable, not a PNG, damaged, too large, or a file of colours or with transparency
    /// instead of ids.</exception>
    public static (int Width, int Height, ushort[] Ids) ReadIds(string path)
    {
        var file = PictureBytes.Read(path);
        var chunks = PngChunks.Walk(file, path);
        var header = PngChunks.Header(file, chunks, path);
        return (header.Width, header.Height, Decode(file, chunks, header, path));
    }

    /// <summary>Reads 16-bit grey: depth in millimetres, instance ids.</summary>
    /// <returns>Width, height and [H, W] flattened.</returns>
    /// <exception cref="LumenException">As <see cref="ReadIds"/>, and where the file is not 16-bit grey.</exception>
    public static (int Width, int Height, ushort[] Values) ReadGray16(string path)
    {
        var file = PictureBytes.Read(path);
        var chunks = PngChunks.Walk(file, path);
        var header = PngChunks.Header(file, chunks, path);
        if (header is not { Colour: 0, Depth: 16 })
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} must be a 16-bit grey PNG but is {header.Kind}. Eight bits cannot hold depth or many instances; export it "
                    + "again with 16 bits."
            );
        return (header.Width, header.Height, Decode(file, chunks, header, path));
    }

    /// <summary>The size as stored; only the header is read.</summary>
    /// <exception cref="LumenException">Missing, unreadable, or not a PNG.</exception>
    public static (int Width, int Height) ReadSize(string path)
    {
        PictureBytes.RequireFile(path);
        using var stream = File.OpenRead(path);
        var start = new byte[PngChunks.Signature.Length + 25];
        var count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (!start.AsSpan().StartsWith(PngChunks.Signature))
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} is not a PNG file: its first bytes are not PNG's signature. Labels, depth and settings are read from PNG only."
            );
        if (count < start.Length)
            throw PngChunks.Broken(path, $"the file ends after {count} bytes, within its header");
        var header = PngChunks.Header(start, [("IHDR", 16..29)], path);
        return (header.Width, header.Height);
    }

    /// <summary>Bits of a stored value: 1, 2, 4, 8 or 16.</summary>
    /// <exception cref="LumenException">Missing, unreadable, not a PNG or damaged.</exception>
    public static int BitDepth(string path)
    {
        var file = PictureBytes.Read(path);
        return PngChunks.Header(file, PngChunks.Walk(file, path), path).Depth;
    }

    /// <summary>Whether it stores red, green and blue, perhaps with alpha.</summary>
    /// <exception cref="LumenException">Missing, unreadable, not a PNG or damaged.</exception>
    public static bool IsRgb(string path)
    {
        var file = PictureBytes.Read(path);
        return PngChunks.Header(file, PngChunks.Walk(file, path), path).Colour is 2 or 6;
    }

    /// <summary>The palette of a PNG, for writing ids back with the same colours; empty when the file has none.</summary>
    /// <exception cref="LumenException">Missing, unreadable, not a PNG or damaged.</exception>
    public static IReadOnlyList<(byte Red, byte Green, byte Blue)> ReadPalette(string path)
    {
        var file = PictureBytes.Read(path);
        var chunk = PngChunks.Walk(file, path).FirstOrDefault(chunk => chunk.Name == "PLTE");
        if (chunk.Name is null)
            return [];
        var colours = file[chunk.Data];
        if (colours.Length is 0 or > 768 || colours.Length % 3 != 0)
            throw PngChunks.Broken(path, $"its palette has {colours.Length} bytes");
        return [.. colours.Chunk(3).Select(colour => (colour[0], colour[1], colour[2]))];
    }

    /// <summary>What the file says about its making; both fields null when it says nothing.</summary>
    /// <exception cref="LumenException">Missing, unreadable, not a PNG or damaged.</exception>
    public static PngText ReadText(string path)
    {
        var texts = ReadAllText(path);
        return new PngText(texts.GetValueOrDefault("parameters"), texts.GetValueOrDefault("lumen"));
    }

    /// <summary>Every text chunk (tEXt, zTXt, iTXt) by keyword; the first of equal keywords counts.</summary>
    /// <exception cref="LumenException">Missing, unreadable, not a PNG or damaged.</exception>
    public static IReadOnlyDictionary<string, string> ReadAllText(string path)
    {
        var file = PictureBytes.Read(path);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (kind, data) in PngChunks.Walk(file, path))
            if (PngTextChunk.Read(kind, file.AsSpan(data), path) is var (keyword, text))
                texts.TryAdd(keyword, text);
        return texts;
    }

    private static ushort[] Decode(byte[] file, List<(string Name, Range Data)> chunks, PngHeader header, string name)
    {
        var data = PngChunks.ImageData(file, chunks);
        PngChunks.RequirePlausible(header, data.Length, name);
        var values = new ushort[header.Width * header.Height];
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
            if (!header.Interlaced)
                DecodePass(zlib, header, (0, 0, 1, 1), values, name);
            else
                foreach (var pass in Adam7)
                    DecodePass(zlib, header, pass, values, name);
        }
        catch (EndOfStreamException error)
        {
            throw PngChunks.Broken(name, "its pixels end early", error);
        }
        catch (Exception error) when (PngChunks.IsBadDeflate(error))
        {
            throw PngChunks.Broken(name, "its pixels cannot be unpacked", error);
        }
        if (header.Colour == PaletteColour)
            RequireColours(chunks, values, name);
        return values;
    }

    private static void DecodePass(
        ZLibStream zlib,
        PngHeader header,
        (int X, int Y, int StepX, int StepY) pass,
        ushort[] values,
        string name
    )
    {
        var width = (header.Width - pass.X + pass.StepX - 1) / pass.StepX;
        if (width <= 0)
            return;
        var rowBytes = header.RowBytes(width);
        var pixelBytes = Math.Max(1, header.Channels * header.Depth / 8);
        var (row, above) = (new byte[rowBytes + 1], new byte[rowBytes + 1]);
        for (var y = pass.Y; y < header.Height; y += pass.StepY)
        {
            zlib.ReadExactly(row);
            if (!PngFilter.Decode(row[0], row.AsSpan(1), above.AsSpan(1), pixelBytes))
                throw PngChunks.Broken(name, $"row {y} has the unknown filter {row[0]}");
            Unpack(row.AsSpan(1), header, values.AsSpan(y * header.Width + pass.X), (width, pass.StepX), name);
            (row, above) = (above, row);
        }
    }

    private static void Unpack(ReadOnlySpan<byte> row, PngHeader header, Span<ushort> values, (int Count, int Step) pixels, string name)
    {
        var (depth, channels) = (header.Depth, header.Channels);
        for (int pixel = 0, to = 0; pixel < pixels.Count; pixel++, to += pixels.Step)
        {
            var value = Sample(row, depth, pixel * channels);
            for (var channel = 1; channel < channels; channel++)
            {
                var alpha = channel == 3 || (channel == 1 && channels == 2);
                if (Sample(row, depth, pixel * channels + channel) != (alpha ? (1 << depth) - 1 : value))
                {
                    throw new LumenException(
                        LumenErrorKind.Format,
                        $"{name} must hold ids (a palette or grey PNG) but is {header.Kind} and "
                            + $"{(alpha ? "has transparent pixels" : "holds colours")}. "
                            + "Save the ids themselves as 8- or 16-bit grey or as a palette PNG."
                    );
                }
            }
            values[to] = (ushort)value;
        }
    }

    private static int Sample(ReadOnlySpan<byte> row, int depth, int index) =>
        depth switch
        {
            8 => row[index],
            16 => BinaryPrimitives.ReadUInt16BigEndian(row[(index * 2)..]),
            _ => (row[index * depth / 8] >> (8 - depth - index * depth % 8)) & ((1 << depth) - 1),
        };

    private static void RequireColours(List<(string Name, Range Data)> chunks, ReadOnlySpan<ushort> ids, string name)
    {
        var palette = chunks.FirstOrDefault(chunk => chunk.Name == "PLTE");
        if (palette.Name is null)
            throw PngChunks.Broken(name, "it is a palette file without a palette");
        var count = (palette.Data.End.Value - palette.Data.Start.Value) / 3;
        var largest = 0;
        foreach (var id in ids)
            largest = Math.Max(largest, id);
        if (largest >= count)
            throw PngChunks.Broken(name, $"a pixel has the palette index {largest} but there are {count} colours");
    }
}
