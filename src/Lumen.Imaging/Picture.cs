namespace Lumen.Imaging;

/// <summary>A picture: 8-bit sRGB, row-major, red-green-blue interleaved.</summary>
/// <param name="Width">Pixels per row, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="Rgb">[H, W, 3] flattened, 0...255, exactly Height * Width * 3 bytes; shared, not copied.</param>
public sealed record Picture(int Width, int Height, byte[] Rgb)
{
    /// <summary>
    /// The largest picture that is read or made: 2^30 / 6 pixels, the limit at which Pillow refuses a decompression bomb.
    /// </summary>
    public const long MaxPixels = 178_956_970;

    /// <inheritdoc cref="Picture(int, int, byte[])"/>
    public byte[] Rgb { get; } = Checked(Width, Height, Rgb);

    /// <summary>A picture of one colour.</summary>
    public static Picture Filled(int width, int height, byte red, byte green, byte blue)
    {
        var rgb = new byte[Bytes(width, height)];
        for (var at = 0; at < rgb.Length; at += 3)
            (rgb[at], rgb[at + 1], rgb[at + 2]) = (red, green, blue);
        return new Picture(width, height, rgb);
    }

    /// <summary>Reads a picture file: PNG, JPEG, WebP or TIFF.</summary>
    /// <exception cref="LumenException">It is missing, not a picture, damaged, or larger than <see cref="MaxPixels"/>.</exception>
    public static Picture Load(string path) => PictureReader.Read(path);

    /// <summary>Reads a picture file from memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="LumenException">It is not a picture, damaged, or larger than <see cref="MaxPixels"/>.</exception>
    public static Picture Decode(byte[] bytes, string name = "The picture") => PictureReader.Decode(bytes, name);

    /// <summary>Writes the picture as a PNG file, which appears as a whole or not at all.</summary>
    /// <param name="path">Ends with <c>.png</c>; its folder must be there.</param>
    /// <param name="text">What the file says about its making, or null.</param>
    /// <exception cref="LumenException">The path ends otherwise, or the file cannot be written.</exception>
    public void Save(string path, PngText? text = null)
    {
        if (!path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            throw new LumenException(LumenErrorKind.File, $"Pictures are saved as PNG, but {path} ends otherwise. Give a path with .png.");
        PngWriter.WriteRgb(path, this, text);
    }

    /// <summary>The picture as a PNG file.</summary>
    /// <param name="text">What the file says about its making, or null.</param>
    public byte[] ToPng(PngText? text = null) => PngWriter.EncodeRgb(this, text);

    /// <summary>The colour at column <paramref name="x"/>, row <paramref name="y"/>.</summary>
    public (byte Red, byte Green, byte Blue) At(int x, int y)
    {
        var at = (y * Width + x) * 3;
        return (Rgb[at], Rgb[at + 1], Rgb[at + 2]);
    }

    /// <summary>Row <paramref name="y"/>: [W, 3] flattened.</summary>
    public Span<byte> Row(int y) => Rgb.AsSpan(y * Width * 3, Width * 3);

    /// <summary>The length of <see cref="Rgb"/> for this size.</summary>
    /// <exception cref="ArgumentException">A side is below 1 or the picture exceeds <see cref="MaxPixels"/>.</exception>
    internal static int Bytes(int width, int height)
    {
        if (width < 1 || height < 1 || (long)width * height > MaxPixels)
            throw new ArgumentException(
                $"A picture must have sides of at least 1 and at most {MaxPixels} pixels but is {width} x {height}."
            );
        return width * height * 3;
    }

    private static byte[] Checked(int width, int height, byte[] rgb)
    {
        var expected = Bytes(width, height);
        return rgb.Length == expected
            ? rgb
            : throw new ArgumentException($"rgb must have {expected} bytes for {width} x {height} but has {rgb.Length}.", nameof(rgb));
    }
}
