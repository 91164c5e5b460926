using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Imaging;

namespace Lumen.Training.Data;

/// <summary>
/// A part of a picture, perhaps mirrored: the same for the picture and for everything that is known of its pixels.
/// </summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="IsMirrored">Whether left and right are exchanged.</param>
public sealed record CropWindow(int Left, int Top, int Width, int Height, bool IsMirrored)
{
    /// <summary>
    /// The window of one item, in the proportion of the shape that the picture is brought to: it depends on the picture's name and size,
    /// the seed and the number alone.
    /// </summary>
    /// <param name="selection">How crops are made.</param>
    /// <param name="name">The picture's name.</param>
    /// <param name="size">Its width and height.</param>
    /// <param name="variant">0...<see cref="FolderSelection.Variants"/> - 1; with flips, odd ones are the mirrored.</param>
    public static CropWindow Of(FolderSelection selection, string name, (int Width, int Height) size, int variant)
    {
        var (crop, mirrored) = selection.HorizontalFlips ? (variant / 2, variant % 2 == 1) : (variant, false);
        var (widest, highest) = Largest(size, selection.ShapeOf(size.Width, size.Height));
        if (crop == 0)
            return new CropWindow((size.Width - widest) / 2, (size.Height - highest) / 2, widest, highest, mirrored);
        var random = new RandomStream(selection.Seed ^ NameHash.Of(name)).For(crop);
        var share = selection.CropScale + (1 - selection.CropScale) * random.UniformAt(0);
        var (width, height) = (Part(widest), Part(highest));
        return new CropWindow(
            (int)random.IndexAt(1, size.Width - width + 1),
            (int)random.IndexAt(2, size.Height - height + 1),
            width,
            height,
            mirrored
        );

        int Part(int whole) => Math.Clamp((int)Math.Round(whole * share), 1, whole);
    }

    /// <summary>This part of a picture in another size, smoothed.</summary>
    public Picture Cut(Picture picture, PictureShape size)
    {
        var cut = Resizing.Resize(Resizing.Crop(picture, Left, Top, Width, Height), size.Width, size.Height);
        if (!IsMirrored)
            return cut;
        for (var y = 0; y < size.Height; y++)
        {
            var row = cut.Row(y);
            for (int left = 0, right = 3 * (size.Width - 1); left < right; left += 3, right -= 3)
            for (var channel = 0; channel < 3; channel++)
                (row[left + channel], row[right + channel]) = (row[right + channel], row[left + channel]);
        }
        return cut;
    }

    /// <summary>
    /// This part of a picture and of its labels, depth and normals; nothing is mixed in those. Mirrored normals point the other way across.
    /// </summary>
    public AnnotatedPicture Cut(AnnotatedPicture whole, PictureShape size)
    {
        var sources = Sources(whole.Picture.Width, size);
        var normals = Gather(whole.Normals, sources, 3);
        if (IsMirrored && normals is not null)
            for (var at = 0; at < normals.Length; at += 3)
                normals[at] = -normals[at];
        return new AnnotatedPicture(Cut(whole.Picture, size))
        {
            Labels = Gather(whole.Labels, sources, 1),
            Depth = Gather(whole.Depth, sources, 1),
            Normals = normals,
        };
    }

    // For each new pixel the one under its centre.
    private int[] Sources(int width, PictureShape size)
    {
        var sources = new int[size.Area];
        for (var y = 0; y < size.Height; y++)
        for (var x = 0; x < size.Width; x++)
            sources[y * size.Width + x] =
                (Top + Nearest(y, Height, size.Height)) * width + Left + Nearest(IsMirrored ? size.Width - 1 - x : x, Width, size.Width);
        return sources;

        static int Nearest(int at, int from, int to) => (int)((2L * at + 1) * from / (2L * to));
    }

    // In the proportion of a shape.
    private static (int Width, int Height) Largest((int Width, int Height) size, PictureShape shape)
    {
        var scale = Math.Min(size.Width / (double)shape.Width, size.Height / (double)shape.Height);
        return (Side(size.Width, shape.Width), Side(size.Height, shape.Height));

        int Side(int whole, int asked) => Math.Clamp((int)Math.Round(asked * scale), 1, whole);
    }

    private static T[]? Gather<T>(T[]? values, int[] sources, int channels)
    {
        if (values is null)
            return null;
        var gathered = new T[sources.Length * channels];
        for (var at = 0; at < gathered.Length; at++)
            gathered[at] = values[sources[at / channels] * channels + at % channels];
        return gathered;
    }
}
