using System.Buffers.Binary;
using System.Text;
using Lumen.Files;
using SkiaSharp;

namespace Lumen.Imaging;

/// <summary>Writes JPEG, for data sets whose readers expect it. PNG is better wherever there is a choice: it keeps every pixel.</summary>
public static class JpegWriter
{
    /// <summary>Quality of the files, 1...100: hardly any visible loss.</summary>
    public const int Quality = 95;

    private const int LongestComment = ushort.MaxValue - 2;

    /// <summary>Writes a picture with a comment.</summary>
    /// <exception cref="LumenException">The file cannot be written.</exception>
    public static void Write(string path, Picture picture, string? comment = null) => AtomicFile.Write(path, Encode(picture, comment));

    /// <summary>
    /// The bytes of a JPEG file: full colour resolution, and the comment (COM, ITU-T T.81 B.2.4.5) in UTF-8, cut where it is longer than a
    /// segment holds.
    /// </summary>
    public static byte[] Encode(Picture picture, string? comment)
    {
        var rgba = new byte[picture.Width * picture.Height * 4];
        for (int from = 0, to = 0; from < picture.Rgb.Length; from += 3, to += 4)
            (rgba[to], rgba[to + 1], rgba[to + 2], rgba[to + 3]) = (picture.Rgb[from], picture.Rgb[from + 1], picture.Rgb[from + 2], 255);
        SKData? encoded;
        unsafe
        {
            fixed (byte* pixels = rgba)
            {
                using var map = new SKPixmap(
                    new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque),
                    (IntPtr)pixels
                );
                encoded = map.Encode(
                    new SKJpegEncoderOptions(Quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore)
                );
            }
        }
        using var data =
            encoded
            ?? throw new LumenException(
                LumenErrorKind.File,
                $"A picture of {picture.Width} x {picture.Height} pixels cannot be written as JPEG, which holds at most 65,535 a "
                    + "side. Write PNG instead."
            );
        var file = data.ToArray();
        return comment is null ? file : [.. file[..2], .. Comment(comment), .. file[2..]]; // behind the marker SOI
    }

    /// <summary>The first comment of a JPEG file, or null.</summary>
    /// <exception cref="LumenException">Missing, unreadable or empty.</exception>
    public static string? ReadComment(string path)
    {
        var file = PictureBytes.Read(path);
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] is not 0xDA; )
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at + 2));
            if (length < 2 || at + 2 + length > file.Length)
                return null;
            if (file[at + 1] == 0xFE)
                return Encoding.UTF8.GetString(file.AsSpan(at + 4, length - 2));
            at += 2 + length;
        }
        return null;
    }

    private static byte[] Comment(string comment)
    {
        var text = Encoding.UTF8.GetBytes(comment);
        if (text.Length > LongestComment)
            text = text[..LongestComment];
        var segment = new byte[4 + text.Length];
        (segment[0], segment[1]) = (0xFF, 0xFE);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)(text.Length + 2));
        text.CopyTo(segment, 4);
        return segment;
    }
}
