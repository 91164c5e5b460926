using System.Buffers.Binary;

namespace Lumen.Imaging;

/// <summary>The EXIF tag 0x0112: how a stored picture must be turned and mirrored to be seen upright (CIPA DC-008, 4.6.5).</summary>
internal static class Orientation
{
    private const ushort Tag = 0x0112;
    private const int LongestBlock = 1 << 20;

    /// <summary>
    /// The orientation in a TIFF block (the content of an EXIF chunk); 1 when there is none or the block does not follow the standard.
    /// </summary>
    public static int Read(ReadOnlySpan<byte> tiff)
    {
        if (tiff.StartsWith("Exif\0\0"u8))
            tiff = tiff[6..];
        var little = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || !(little || tiff.StartsWith("MM\0*"u8)))
            return 1;
        var directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory > tiff.Length - 2)
            return 1;
        var entries = tiff[(int)directory..];
        var count = Number(entries, little);
        for (entries = entries[2..]; count > 0 && entries.Length >= 12; entries = entries[12..], count--)
        {
            if (Number(entries, little) == Tag)
                return Number(entries[8..], little) is var value and >= 1 and <= 8 ? value : 1;
        }
        return 1;
    }

    /// <summary>
    /// The orientation in a PNG's chunk eXIf or a WebP's chunk EXIF; 1 where there is none. Other chunks are passed over.
    /// </summary>
    public static int ReadChunk(string path)
    {
        using var file = File.OpenRead(path);
        return ReadChunk(file);
    }

    /// <inheritdoc cref="ReadChunk(string)"/>
    public static int ReadChunk(Stream file)
    {
        Span<byte> start = stackalloc byte[12];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length)
            return 1;
        var isPng = start[..8].SequenceEqual(PngChunks.Signature);
        if (!isPng && !(start[..4].SequenceEqual("RIFF"u8) && start[8..].SequenceEqual("WEBP"u8)))
            return 1;
        file.Position = isPng ? PngChunks.Signature.Length : start.Length;
        Span<byte> head = stackalloc byte[8];
        while (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            long length = isPng ? BinaryPrimitives.ReadUInt32BigEndian(head) : BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (length > file.Length - file.Position)
                return 1;
            if (isPng ? head[4..].SequenceEqual("eXIf"u8) : head[..4].SequenceEqual("EXIF"u8))
            {
                var block = new byte[Math.Min(length, LongestBlock)];
                file.ReadExactly(block);
                return Read(block);
            }
            file.Position += length + (isPng ? 4 : length % 2); // checksum; padding to even places
        }
        return 1;
    }

    /// <summary>Turns a stored picture upright.</summary>
    /// <param name="stored">The picture as stored.</param>
    /// <param name="orientation">1...8; 1 and anything else leaves the picture alone.</param>
    public static Picture Apply(Picture stored, int orientation)
    {
        if (orientation is < 2 or > 8)
            return stored;
        var (oldWidth, oldHeight) = (stored.Width, stored.Height);
        var (width, height) = orientation >= 5 ? (oldHeight, oldWidth) : (oldWidth, oldHeight);
        var rgb = new byte[stored.Rgb.Length];
        for (var y = 0; y < height; y++)
        {
            // Along an upright row the stored position moves by a constant step.
            var start = Source(0, y);
            var step = width > 1 ? Source(1, y) - start : 0;
            for (int x = 0, from = start * 3, to = y * width * 3; x < width; x++, from += step * 3, to += 3)
                stored.Rgb.AsSpan(from, 3).CopyTo(rgb.AsSpan(to, 3));
        }
        return new Picture(width, height, rgb);

        int Source(int x, int y) =>
            orientation switch
            {
                2 => y * oldWidth + (oldWidth - 1 - x), // mirrored left-right
                3 => (oldHeight - 1 - y) * oldWidth + (oldWidth - 1 - x), // half a turn
                4 => (oldHeight - 1 - y) * oldWidth + x, // mirrored top-bottom
                5 => x * oldWidth + y, // transposed
                6 => (oldHeight - 1 - x) * oldWidth + y, // to be turned right
                7 => (oldHeight - 1 - x) * oldWidth + (oldWidth - 1 - y), // transposed over the other diagonal
                _ => x * oldWidth + (oldWidth - 1 - y), // to be turned left
            };
    }

    private static int Number(ReadOnlySpan<byte> at, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);
}
