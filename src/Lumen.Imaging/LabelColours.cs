namespace Lumen.Imaging;

/// <summary>Classes that are drawn as colours: a table from colours (0xRRGGBB) to ids.</summary>
public static class LabelColours
{
    /// <summary>A colour as a key of such a table.</summary>
    public static int Key(byte red, byte green, byte blue) => (red << 16) | (green << 8) | blue;

    /// <summary>Ids of a PNG that stores ids, or colours of the table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="table">Ids by colour; null where ids are stored.</param>
    /// <returns>Width, height and [H, W] flattened.</returns>
    /// <exception cref="LumenException">As <see cref="PngReader.ReadIds"/>, or a pixel has a colour that is not in the table.</exception>
    public static (int Width, int Height, ushort[] Ids) ReadIds(string path, IReadOnlyDictionary<int, int>? table)
    {
        if (table is null || !PngReader.IsRgb(path))
            return PngReader.ReadIds(path);
        var picture = PictureReader.Read(path);
        var (ids, isGrey) = (new ushort[picture.Width * picture.Height], true);
        int? stray = null;
        for (int at = 0, from = 0; at < ids.Length; at++, from += 3)
        {
            var (red, green, blue) = (picture.Rgb[from], picture.Rgb[from + 1], picture.Rgb[from + 2]);
            isGrey &= red == green && green == blue;
            if (table.TryGetValue(Key(red, green, blue), out var id))
                ids[at] = (ushort)id;
            else
                stray ??= at;
        }
        if (stray is not { } first)
            return (picture.Width, picture.Height, ids);
        if (isGrey)
            return PngReader.ReadIds(path);
        var colour = picture.At(first % picture.Width, first / picture.Width);
        throw new LumenException(
            LumenErrorKind.Format,
            $"{path} has the colour ({colour.Red}, {colour.Green}, {colour.Blue}) at column {first % picture.Width}, row "
                + $"{first / picture.Width}, which no class has. Add it to the table of colours, or correct the pixel: smoothed "
                + "borders and JPEG make such colours."
        );
    }
}
