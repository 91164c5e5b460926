namespace Lumen.Imaging;

/// <summary>Changes the size of pictures (with smoothing) and of id maps (without).</summary>
public static class Resizing
{
    /// <summary>A picture of another size: by area averaging along a side that shrinks, by Lanczos3 along a side that grows.</summary>
    /// <exception cref="ArgumentException">A side is below 1 or the size exceeds <see cref="Picture.MaxPixels"/>.</exception>
    public static Picture Resize(Picture picture, int width, int height) => Resample.Apply(picture, (width, height), Best);

    /// <summary>Area averaging: each new pixel is the mean of the old area it covers.</summary>
    /// <exception cref="ArgumentException">A side is below 1 or the size exceeds <see cref="Picture.MaxPixels"/>.</exception>
    public static Picture Area(Picture picture, int width, int height) => Resample.Apply(picture, (width, height), ResampleWeights.Area);

    /// <summary>Lanczos with three lobes, widened when shrinking (antialiased), as Pillow's LANCZOS.</summary>
    /// <exception cref="ArgumentException">A side is below 1 or the size exceeds <see cref="Picture.MaxPixels"/>.</exception>
    public static Picture Lanczos(Picture picture, int width, int height) =>
        Resample.Apply(picture, (width, height), ResampleWeights.Lanczos3);

    /// <summary>
    /// The picture scaled so that its longer side is at most <paramref name="longest"/>, proportions kept; unchanged when it already fits.
    /// </summary>
    public static Picture Fit(Picture picture, int longest)
    {
        var scale = longest / (double)Math.Max(picture.Width, picture.Height);
        return scale >= 1 ? picture : Resize(picture, Scaled(picture.Width), Scaled(picture.Height));

        int Scaled(int side) => Math.Max(1, (int)Math.Round(side * scale));
    }

    /// <summary>
    /// The middle of the picture in this size's proportions, scaled to this size: nothing is distorted, overhanging borders are cut.
    /// </summary>
    /// <exception cref="ArgumentException">A side is below 1.</exception>
    public static Picture Cover(Picture picture, int width, int height)
    {
        var scale = Math.Min(picture.Width / (double)width, picture.Height / (double)height);
        var (cutWidth, cutHeight) = (
            Math.Clamp((int)Math.Round(width * scale), 1, picture.Width),
            Math.Clamp((int)Math.Round(height * scale), 1, picture.Height)
        );
        return Resize(Crop(picture, (picture.Width - cutWidth) / 2, (picture.Height - cutHeight) / 2, cutWidth, cutHeight), width, height);
    }

    /// <summary>A part of the picture.</summary>
    /// <exception cref="ArgumentException">The part is empty or reaches beyond the picture.</exception>
    public static Picture Crop(Picture picture, int left, int top, int width, int height)
    {
        if (left < 0 || top < 0 || width < 1 || height < 1 || left > picture.Width - width || top > picture.Height - height)
            throw new ArgumentException(
                $"The part {width} x {height} at ({left}, {top}) must lie inside the picture of {picture.Width} x {picture.Height}."
            );
        var rgb = new byte[Picture.Bytes(width, height)];
        for (var y = 0; y < height; y++)
            picture.Row(top + y).Slice(left * 3, width * 3).CopyTo(rgb.AsSpan(y * width * 3));
        return new Picture(width, height, rgb);
    }

    /// <summary>Ids at another size: each new pixel takes the id under its centre, so no id is invented.</summary>
    /// <param name="ids">[oldHeight, oldWidth] flattened.</param>
    /// <returns>[height, width] flattened.</returns>
    /// <exception cref="ArgumentException">The number of ids does not fit the old size, or a side is below 1.</exception>
    public static T[] ResizeIds<T>(ReadOnlySpan<T> ids, (int Width, int Height) from, (int Width, int Height) to)
    {
        if (Picture.Bytes(from.Width, from.Height) / 3 != ids.Length)
            throw new ArgumentException(
                $"ids must have {(long)from.Width * from.Height} entries for {from.Width} x {from.Height} but has {ids.Length}.",
                nameof(ids)
            );
        var resized = new T[Picture.Bytes(to.Width, to.Height) / 3];
        var columns = new int[to.Width];
        for (var x = 0; x < to.Width; x++)
            columns[x] = Nearest(x, from.Width, to.Width);
        for (var y = 0; y < to.Height; y++)
        {
            var old = ids.Slice(Nearest(y, from.Height, to.Height) * from.Width, from.Width);
            var row = resized.AsSpan(y * to.Width, to.Width);
            for (var x = 0; x < row.Length; x++)
                row[x] = old[columns[x]];
        }
        return resized;
    }

    /// <inheritdoc cref="ResizeIds{T}(ReadOnlySpan{T}, ValueTuple{int, int}, ValueTuple{int, int})"/>
    public static ushort[] ResizeIds(ushort[] ids, int oldWidth, int oldHeight, int width, int height) =>
        ResizeIds<ushort>(ids, (oldWidth, oldHeight), (width, height));

    /// <inheritdoc cref="ResizeIds{T}(ReadOnlySpan{T}, ValueTuple{int, int}, ValueTuple{int, int})"/>
    public static byte[] ResizeIds(byte[] ids, int oldWidth, int oldHeight, int width, int height) =>
        ResizeIds<byte>(ids, (oldWidth, oldHeight), (width, height));

    /// <summary>
    /// Extends a picture on the right and below by reflection until both sides are multiples; crop results back with
    /// <see cref="PaddedPicture.Crop"/>.
    /// </summary>
    /// <param name="multiple">What the sides must be divisible by, at least 1.</param>
    public static PaddedPicture Pad(Picture picture, int multiple)
    {
        if (multiple < 1)
            throw new ArgumentException($"multiple must be at least 1 but is {multiple}.", nameof(multiple));
        var (width, height) = (Up(picture.Width, multiple), Up(picture.Height, multiple));
        if (width == picture.Width && height == picture.Height)
            return new PaddedPicture(picture, picture.Width, picture.Height);
        var rgb = new byte[Picture.Bytes(width, height)];
        for (var y = 0; y < height; y++)
        {
            var from = picture.Row(Reflected(y, picture.Height));
            var to = rgb.AsSpan(y * width * 3, width * 3);
            from.CopyTo(to);
            for (var x = picture.Width; x < width; x++)
                from.Slice(Reflected(x, picture.Width) * 3, 3).CopyTo(to[(x * 3)..]);
        }
        return new PaddedPicture(new Picture(width, height, rgb), picture.Width, picture.Height);
    }

    private static ResampleWeights Best(int from, int to) =>
        to < from ? ResampleWeights.Area(from, to) : ResampleWeights.Lanczos3(from, to);

    // floor((x + 0.5) * from / to) without rounding error.
    private static int Nearest(int x, int from, int to) => (int)((2L * x + 1) * from / (2L * to));

    private static int Up(int side, int multiple) => checked((int)(((long)side + multiple - 1) / multiple * multiple));

    // The border pixel is not repeated; a picture shorter than its padding is reflected back and forth.
    private static int Reflected(int at, int side)
    {
        if (side == 1)
            return 0;
        var phase = at % (2 * (side - 1));
        return phase < side ? phase : 2 * (side - 1) - phase;
    }
}

/// <summary>A picture extended on the right and below so that its sides fit a network.</summary>
/// <param name="Picture">The extended picture.</param>
/// <param name="OriginalWidth">Width before.</param>
/// <param name="OriginalHeight">Height before.</param>
public sealed record PaddedPicture(Picture Picture, int OriginalWidth, int OriginalHeight)
{
    /// <summary>Cuts a picture of the extended size (a result of the network) back to the original size.</summary>
    /// <exception cref="ArgumentException"><paramref name="result"/> does not have the extended size.</exception>
    public Picture Crop(Picture result)
    {
        if (result.Width != Picture.Width || result.Height != Picture.Height)
            throw new ArgumentException(
                $"result must be {Picture.Width} x {Picture.Height} like the padded picture but is {result.Width} x {result.Height}.",
                nameof(result)
            );
        return result.Width == OriginalWidth && result.Height == OriginalHeight
            ? result
            : Resizing.Crop(result, 0, 0, OriginalWidth, OriginalHeight);
    }
}
