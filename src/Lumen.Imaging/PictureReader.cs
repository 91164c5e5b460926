using SkiaSharp;

namespace Lumen.Imaging;

/// <summary>
/// Reads PNG, JPEG, WebP and TIFF (and what else Skia decodes: BMP, GIF's first frame) as 8-bit sRGB. The EXIF orientation is applied,
/// transparency is composited over white, grey is repeated in three channels, palettes are looked up, 16 bits become 8, an embedded ICC
/// profile is converted to sRGB. A PNG's gAMA and cHRM chunks are ignored, as Pillow does, so that reading gives the stored numbers.
/// </summary>
public static class PictureReader
{
    /// <summary>Reads a picture file.</summary>
    /// <param name="path">A PNG, JPEG or WebP file.</param>
    /// <param name="backdrop">Grey level, 0...255, that transparency is composited over: white, or black for masks.</param>
    /// <exception cref="LumenException">Missing, a folder, unreadable, empty, not a picture, cut short, damaged, or larger than
    /// <see cref="Picture.MaxPixels"/>.</exception>
    public static Picture Read(string path, byte backdrop = 255) => Decode(PictureBytes.Read(path), path, backdrop);

    /// <summary>
    /// Reads a picture file whose transparency is composited over a colour, such as the one that means nothing to a ControlNet.
    /// </summary>
    /// <exception cref="LumenException">As for the other.</exception>
    public static Picture Read(string path, (byte Red, byte Green, byte Blue) backdrop) => Decode(PictureBytes.Read(path), path, backdrop);

    /// <summary>The size of a picture, upright; its pixels are not decoded.</summary>
    /// <exception cref="LumenException">Missing, a folder, unreadable, empty, not a picture, or larger than
    /// <see cref="Picture.MaxPixels"/>.</exception>
    public static (int Width, int Height) ReadSize(string path) => ReadFacts(path) is var facts ? (facts.Width, facts.Height) : default;

    /// <summary>The size of a picture, upright, and its EXIF orientation, 1...8: 1 where it is stored upright.</summary>
    /// <inheritdoc cref="ReadSize"/>
    public static (int Width, int Height, int Orientation) ReadFacts(string path)
    {
        PictureBytes.RequireFile(path);
        if (TiffFacts(path) is { } tiff)
            return tiff.Orientation >= (int)SKEncodedOrigin.LeftTop ? (tiff.Height, tiff.Width, tiff.Orientation) : tiff;
        using var stream = new SKFileStream(path);
        using var codec = SKCodec.Create(stream) ?? throw PictureBytes.NoPicture(path, PictureBytes.Start(path), new FileInfo(path).Length);
        PictureBytes.RequireSize(path, codec.Info.Width, codec.Info.Height);
        var orientation = codec.EncodedFormat is SKEncodedImageFormat.Png or SKEncodedImageFormat.Webp
            ? Orientation.ReadChunk(path)
            : (int)codec.EncodedOrigin;
        return orientation >= (int)SKEncodedOrigin.LeftTop
            ? (codec.Info.Height, codec.Info.Width, orientation)
            : (codec.Info.Width, codec.Info.Height, orientation);
    }

    /// <summary>The bytes of a picture file, for <see cref="Decode(byte[], string, byte)"/>: where they are hashed, too.</summary>
    /// <exception cref="LumenException">Missing, a folder, unreadable, empty, or larger than 1 GiB.</exception>
    public static byte[] ReadBytes(string path) => PictureBytes.Read(path);

    /// <summary>Reads a picture from memory; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="LumenException">As <see cref="Read(string, byte)"/>.</exception>
    public static Picture Decode(byte[] bytes, string name, byte backdrop = 255) => Decode(bytes, name, (backdrop, backdrop, backdrop));

    /// <summary>The same with transparency composited over a colour.</summary>
    /// <exception cref="LumenException">As <see cref="Read(string, byte)"/>.</exception>
    public static Picture Decode(byte[] bytes, string name, (byte Red, byte Green, byte Blue) backdrop)
    {
        if (TiffPicture.Begins(bytes))
            return TiffPicture.Decode(bytes, name, backdrop);
        using var stream = new SKMemoryStream(bytes);
        using var codec = SKCodec.Create(stream) ?? throw PictureBytes.NoPicture(name, bytes, bytes.Length);
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        PictureBytes.RequireSize(name, width, height);
        if (codec.EncodedFormat == SKEncodedImageFormat.Png)
            PngChunks.RequirePlausible(bytes, name);

        // A null colour space means "as stored": only an ICC profile is converted.
        var converts = codec.EncodedFormat != SKEncodedImageFormat.Png || PngChunks.Find(bytes, "iCCP"u8).Length > 0;
        using var srgb = converts && codec.Info.ColorSpace is not null ? SKColorSpace.CreateSrgb() : null;
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, srgb);
        var rgba = new byte[info.BytesSize64];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* pixels = rgba)
                result = codec.GetPixels(info, (IntPtr)pixels);
        }
        if (result != SKCodecResult.Success)
        {
            throw new LumenException(
                LumenErrorKind.Format,
                $"The picture {name} ({codec.EncodedFormat}, {width} x {height}) is damaged or cut short ({result}), so part of it "
                    + "is missing. Copy or download it again."
            );
        }
        var picture = new Picture(width, height, Over(rgba, backdrop));
        // Skia knows the orientation of JPEG, but not those that PNG and WebP keep in chunks.
        var orientation = codec.EncodedFormat is SKEncodedImageFormat.Png or SKEncodedImageFormat.Webp
            ? Orientation.ReadChunk(new MemoryStream(bytes))
            : (int)codec.EncodedOrigin;
        return Orientation.Apply(picture, orientation);
    }

    private static (int Width, int Height, int Orientation)? TiffFacts(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !TiffPicture.Begins(start))
            return null;
        file.Position = 0;
        return TiffPicture.Facts(file, path);
    }

    // [H * W, 4] not premultiplied -> [H * W, 3]; rounded to nearest.
    private static byte[] Over(ReadOnlySpan<byte> rgba, (byte Red, byte Green, byte Blue) backdrop)
    {
        var rgb = new byte[rgba.Length / 4 * 3];
        for (int from = 0, to = 0; from < rgba.Length; from += 4, to += 3)
        {
            int alpha = rgba[from + 3];
            if (alpha == 255)
            {
                (rgb[to], rgb[to + 1], rgb[to + 2]) = (rgba[from], rgba[from + 1], rgba[from + 2]);
                continue;
            }
            (rgb[to], rgb[to + 1], rgb[to + 2]) = (
                Mixed(rgba[from], backdrop.Red),
                Mixed(rgba[from + 1], backdrop.Green),
                Mixed(rgba[from + 2], backdrop.Blue)
            );

            byte Mixed(byte front, byte behind) => (byte)((front * alpha + (255 - alpha) * behind + 127) / 255);
        }
        return rgb;
    }
}
