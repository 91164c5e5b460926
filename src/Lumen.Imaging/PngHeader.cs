namespace Lumen.Imaging;

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
