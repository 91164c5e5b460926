using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Imaging;

namespace Lumen.Training.Data;

/// <summary>
/// A square part of a picture, perhaps mirrored: the same for the picture and for everything that is known of its pixels.
/// </summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Side">Columns and rows.</param>
/// <param name="IsMirrored">Whether left and right are exchanged.</param>
public sealed record CropWindow(int Left, int Top, int Side, bool IsMirrored)
{
    /// <summary>The window of one item: it depends on the picture's name and size, the seed and the number alone.</summary>
    /// <param name="selection">How crops are made.</param>
    /// <param name="name">The picture's name.</param>
    /// <param name="size">Its width and height.</param>
    /// <param name="variant">0...<see cref="FolderSelection.Variants"/> - 1; with flips, odd ones are the mirrored.</param>
    public static CropWindow Of(FolderSelection selection, string name, (int Width, int Height) size, int variant)
    {
        var (crop, mirrored) = selection.HorizontalFlips ? (variant / 2, variant % 2 == 1) : (variant, false);
        var shorter = Math.Min(size.Width, size.Height);
        if (crop == 0)
            return new CropWindow((size.Width - shorter) / 2, (size.Height - shorter) / 2, shorter, mirrored);
        var random = new RandomStream(selection.Seed ^ NameHash.Of(name)).For(crop);
        var share = selection.CropScale + (1 - selection.CropScale) * random.UniformAt(0);
        var side = Math.Clamp((int)Math.Round(shorter * share), 1, shorter);
        return new CropWindow(
            (int)random.IndexAt(1, size.Width - side + 1),
            (int)random.IndexAt(2, size.Height - side + 1),
            side,
            mirrored
        );
    }

    /// <summary>This part of a picture at another size, smoothed.</summary>
    public Picture Cut(Picture picture, int size)
    {
        var cut = Resizing.Resize(Resizing.Crop(picture, Left, Top, Side, Side), size, size);
        if (!IsMirrored)
            return cut;
        for (var y = 0; y < size; y++)
        {
            var row = cut.Row(y);
            for (int left = 0, right = 3 * (size - 1); left < right; left += 3, right -= 3)
            for (var channel = 0; channel < 3; channel++)
                (row[left + channel], row[right + channel]) = (row[right + channel], row[left + channel]);
        }
        return cut;
    }

    /// <summary>
    /// This part of a picture and of its labels, depth and normals; nothing is mixed in those. Mirrored normals point the other way across.
    /// </summary>
    public AnnotatedPicture Cut(AnnotatedPicture whole, int size)
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
    private int[] Sources(int width, int size)
    {
        var sources = new int[size * size];
        for (var y = 0; y < size; y++)
        for (var x = 0; x < size; x++)
            sources[y * size + x] = (Top + Nearest(y)) * width + Left + Nearest(IsMirrored ? size - 1 - x : x);
        return sources;

        int Nearest(int at) => (int)((2L * at + 1) * Side / (2L * size));
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
