using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Lumen.Imaging;
using SkiaSharp;

namespace Lumen.Tests.Core.Imaging;

/// <summary>Picture files of every kind, built byte by byte or by SkiaSharp.</summary>
internal static class Fixtures
{
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

    /// <summary>A picture of repeatable noise.</summary>
    public static Picture Noise(int width, int height, int seed = 1)
    {
        var rgb = new byte[width * height * 3];
        new Random(seed).NextBytes(rgb);
        return new Picture(width, height, rgb);
    }

    /// <summary>Four flat quarters: red, green / blue, white.</summary>
    public static Picture Quarters(int width, int height)
    {
        var picture = Picture.Filled(width, height, 255, 255, 255);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                byte[] colour = (x < width / 2, y < height / 2) switch
                {
                    (true, true) => [255, 0, 0],
                    (false, true) => [0, 255, 0],
                    (true, false) => [0, 0, 255],
                    _ => [255, 255, 255],
                };
                colour.CopyTo(picture.Rgb, (y * width + x) * 3);
            }
        }
        return picture;
    }

    /// <summary>Encodes by SkiaSharp.</summary>
    public static byte[] Encode(Picture picture, SKEncodedImageFormat format, int quality = 100)
    {
        using var bitmap = new SKBitmap(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                var (red, green, blue) = picture.At(x, y);
                bitmap.SetPixel(x, y, new SKColor(red, green, blue));
            }
        }
        return bitmap.Encode(format, quality).ToArray();
    }

    /// <summary>A TIFF block whose one entry is the orientation.</summary>
    public static byte[] Exif(int orientation) =>
        [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Puts an APP1 segment behind the start of a JPEG file.</summary>
    public static byte[] JpegWithOrientation(byte[] jpeg, int orientation)
    {
        byte[] body = [.. "Exif\0\0"u8, .. Exif(orientation)];
        return [.. jpeg[..2], 0xFF, 0xE1, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body, .. jpeg[2..]];
    }

    /// <summary>Rewrites a simple WebP file in the extended layout with an EXIF chunk.</summary>
    public static byte[] WebpWithOrientation(byte[] webp, int width, int height, int orientation)
    {
        byte[] extended = [0x08, 0, 0, 0, .. Int24(width - 1), .. Int24(height - 1)];
        byte[] body = [.. "WEBP"u8, .. Riff("VP8X", extended), .. webp[12..], .. Riff("EXIF", Exif(orientation))];
        return Riff("RIFF", body);

        static byte[] Int24(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
        static byte[] Riff(string kind, byte[] data)
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
            return [.. Encoding.ASCII.GetBytes(kind), .. length, .. data, .. new byte[data.Length % 2]];
        }
    }

    /// <summary>One PNG chunk with its checksum, computed bit by bit.</summary>
    public static byte[] Chunk(string kind, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(kind), .. data];
        var crc = 0xFFFFFFFFu;
        foreach (var value in body)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
        }
        var (length, check) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(check, ~crc);
        return [.. length, .. body, .. check];
    }

    /// <summary>The signature and header of a PNG file.</summary>
    public static byte[] PngStart(int width, int height, int depth, int colour, bool interlaced = false)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colour, (byte)(interlaced ? 1 : 0));
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR", header)];
    }

    /// <summary>A whole PNG of any kind, its rows filtered by each of the five filters in turn.</summary>
    /// <param name="sample">The sample at (x, y, channel).</param>
    /// <param name="before">Chunks between header and pixels: palette, transparency, text.</param>
    public static byte[] Png(
        (int Width, int Height) size,
        int depth,
        int colour,
        Func<int, int, int, int> sample,
        bool interlaced = false,
        params byte[][] before
    )
    {
        var channels = colour switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        using var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (var (left, top, stepX, stepY) in interlaced ? Adam7 : [(0, 0, 1, 1)])
            {
                var width = (size.Width - left + stepX - 1) / stepX;
                if (width <= 0)
                    continue;
                var above = new byte[(width * channels * depth + 7) / 8];
                for (var y = top; y < size.Height; y += stepY)
                {
                    var row = new byte[above.Length];
                    for (var index = 0; index < width * channels; index++)
                        Put(row, depth, index, sample(left + index / channels * stepX, y, index % channels));
                    zlib.Write(Filter(row, above, Math.Max(1, channels * depth / 8), (y / stepY + left) % 5));
                    above = row;
                }
            }
        }
        var data = pixels.ToArray();
        return
        [
            .. PngStart(size.Width, size.Height, depth, colour, interlaced),
            .. before.SelectMany(chunk => chunk),
            .. Chunk("IDAT", data[..(data.Length / 2)]),
            .. Chunk("IDAT", data[(data.Length / 2)..]),
            .. Chunk("IEND", []),
        ];
    }

    private static void Put(byte[] row, int depth, int index, int value)
    {
        if (depth == 16)
            BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(index * 2), (ushort)value);
        else
            row[index * depth / 8] |= (byte)(value << (8 - depth - index * depth % 8));
    }

    private static byte[] Filter(byte[] row, byte[] above, int pixel, int kind)
    {
        var filtered = new byte[row.Length + 1];
        filtered[0] = (byte)kind;
        for (var at = 0; at < row.Length; at++)
        {
            int a = at < pixel ? 0 : row[at - pixel],
                b = above[at],
                c = at < pixel ? 0 : above[at - pixel];
            int guess = a + b - c,
                nearA = Math.Abs(guess - a),
                nearB = Math.Abs(guess - b),
                nearC = Math.Abs(guess - c);
            var paeth =
                nearA <= nearB && nearA <= nearC ? a
                : nearB <= nearC ? b
                : c;
            filtered[at + 1] = (byte)(
                row[at]
                - kind switch
                {
                    0 => 0,
                    1 => a,
                    2 => b,
                    3 => (a + b) / 2,
                    _ => paeth,
                }
            );
        }
        return filtered;
    }
}
