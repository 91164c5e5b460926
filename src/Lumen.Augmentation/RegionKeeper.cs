using System.Globalization;
using Lumen.Datasets;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>Regions whose original pixels are put back into the result: number plates, rare objects.</summary>
/// <param name="Classes">Names or ids of classes in the label file; may be empty.</param>
/// <param name="MaskFolder">Folder of masks that are named like the pictures (any ending), not zero where pixels are kept; null for
/// none.</param>
/// <param name="Feather">Pixels over which original and result are blended, outside the region.</param>
public sealed record KeptRegions(IReadOnlyList<string> Classes, string? MaskFolder, int Feather = 4);

/// <summary>Puts regions of the original back into a new picture, blended into it around their borders.</summary>
public static class RegionKeeper
{
    /// <summary>The mask of an item's kept regions.</summary>
    /// <returns>[H, W] flattened, and the hash of the mask file if there is one; null where nothing is kept.</returns>
    /// <exception cref="LumenException">A class is not known, there is no label file or mask, or its size differs from the
    /// picture's.</exception>
    public static (bool[] Mask, string? MaskSha256)? MaskOf(Dataset dataset, DatasetItem item, KeptRegions keep, Picture picture)
    {
        var mask = new bool[picture.Width * picture.Height];
        string? hash = null;
        if (keep.Classes.Count > 0)
        {
            var label =
                item.Labels.FirstOrDefault(label => label is { Kind: LabelKind.Classes, IsPng: true })
                ?? throw new LumenException($"{item.Picture} has no label file of class ids, so no classes can be kept. Use `KeepMask`.");
            var ids = keep.Classes.Select(name => IdOf(dataset, name)).ToHashSet();
            Add(mask, dataset.FullPath(label.Name), picture, id => ids.Contains(id));
        }
        if (keep.MaskFolder is { } folder)
        {
            var path = FileOf(folder, item.Picture);
            hash = ItemHash.OfFile(path);
            Add(mask, path, picture, id => id != 0);
        }
        return mask.Contains(true) ? (mask, hash) : null;
    }

    /// <summary>
    /// The blend: the original inside the mask, the result beyond <paramref name="feather"/> pixels, linear in the (chamfer) distance
    /// between.
    /// </summary>
    public static Picture Blend(Picture original, Picture result, bool[] mask, int feather)
    {
        var distance = Distance(mask, original.Width, original.Height);
        var rgb = (byte[])result.Rgb.Clone();
        for (var pixel = 0; pixel < mask.Length; pixel++)
        {
            var share =
                mask[pixel] ? 1
                : feather == 0 ? 0
                : 1 - distance[pixel] / (feather + 1);
            if (share <= 0)
                continue;
            for (var at = pixel * 3; at < pixel * 3 + 3; at++)
                rgb[at] = (byte)MathF.Round(original.Rgb[at] * share + result.Rgb[at] * (1 - share));
        }
        return new Picture(result.Width, result.Height, rgb);
    }

    private static int IdOf(Dataset dataset, string name) =>
        dataset.Classes.Classes.FirstOrDefault(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase))?.Id
        ?? (
            int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? id
                : throw new LumenException(
                    $"The data set has no class \"{name}\" to keep. Known are "
                        + $"{string.Join(", ", dataset.Classes.Classes.Select(one => one.Name).DefaultIfEmpty("none: give numbers"))}."
                )
        );

    private static string FileOf(string folder, string picture)
    {
        string[] places = [DatasetTree.Stem(picture), DatasetTree.Stem(Path.GetFileName(picture))];
        return places.Select(stem => Path.Combine(folder, stem + ".png")).FirstOrDefault(File.Exists)
            ?? throw new LumenException(
                $"There is no mask for {picture} in {folder}. Expected {Path.GetFileName(places[1])}.png, not zero where pixels are kept."
            );
    }

    private static void Add(bool[] mask, string path, Picture picture, Func<int, bool> isKept)
    {
        var (width, height, ids) = PngReader.ReadIds(path);
        if (width != picture.Width || height != picture.Height)
            throw new LumenException(
                $"{path} is {width} x {height}, but its picture is {picture.Width} x {picture.Height}. Both must have one size."
            );
        for (var at = 0; at < ids.Length; at++)
            mask[at] |= isKept(ids[at]);
    }

    /// <summary>
    /// The distance of every pixel to the nearest one of a mask, in pixels: two passes of the 3-4 chamfer distance (Borgefors 1986).
    /// </summary>
    public static float[] Distance(bool[] mask, int width, int height)
    {
        const float Straight = 1,
            Diagonal = 4f / 3;
        var distance = new float[mask.Length];
        for (var at = 0; at < mask.Length; at++)
            distance[at] = mask[at] ? 0 : float.MaxValue;
        for (var y = 0; y < height; y++)
        for (var x = 0; x < width; x++)
            Relax(x, y, -1);
        for (var y = height - 1; y >= 0; y--)
        for (var x = width - 1; x >= 0; x--)
            Relax(x, y, 1);
        return distance;

        void Relax(int x, int y, int way)
        {
            Near(x + way, y, Straight);
            Near(x, y + way, Straight);
            Near(x - 1, y + way, Diagonal);
            Near(x + 1, y + way, Diagonal);

            void Near(int column, int row, float step)
            {
                if (column < 0 || row < 0 || column >= width || row >= height)
                    return;
                var at = y * width + x;
                distance[at] = Math.Min(distance[at], distance[row * width + column] + step);
            }
        }
    }
}
