using Lumen.Core;
using Lumen.Core.Imaging;
using Lumen.Datasets;

namespace Lumen.Augmentation;

/// <summary>Writes a label file again with the pixels that cannot be trusted set to the value that counts for nothing in its format.</summary>
internal static class TrustedLabels
{
    /// <summary>Whether such a file can be written: its format says which value counts for nothing.</summary>
    public static bool IsPossible(Dataset dataset, LabelFile label) => label.IsPng && dataset.IgnoreOf(label) is not null;

    /// <summary>Reads a label file.</summary>
    /// <param name="from">The label file.</param>
    /// <param name="label">What it holds.</param>
    /// <param name="ignore">The value that counts for nothing.</param>
    /// <param name="isTrusted">Of every pixel, [H, W] flattened.</param>
    /// <returns>Writes the new one.</returns>
    /// <exception cref="LumenException">It cannot be read, or has another size.</exception>
    public static Action<string> Masked(string from, LabelFile label, int ignore, bool[] isTrusted)
    {
        if (label.Kind == LabelKind.Panoptic) return Colours(from, (byte)ignore, isTrusted);
        var (width, height, ids) = PngReader.ReadIds(from);
        RequireSize(from, (width, height), isTrusted);
        for (var at = 0; at < ids.Length; at++) ids[at] = isTrusted[at] ? ids[at] : (ushort)ignore;
        var (palette, largest) = (PngReader.ReadPalette(from), ids.Max());
        if (largest > byte.MaxValue || PngReader.BitDepth(from) == 16) return to => PngWriter.WriteGray16(to, width, height, ids);
        byte[] bytes = [.. ids.Select(id => (byte)id)];
        return palette.Count > largest ? to => PngWriter.WritePalette8(to, width, height, bytes, palette) : to => PngWriter.WriteGray8(to, width, height, bytes);
    }

    // Panoptic ids are coded as colours.
    private static Action<string> Colours(string from, byte ignore, bool[] isTrusted)
    {
        var picture = PictureReader.Read(from);
        RequireSize(from, (picture.Width, picture.Height), isTrusted);
        var rgb = (byte[])picture.Rgb.Clone();
        for (var at = 0; at < rgb.Length; at++) rgb[at] = isTrusted[at / 3] ? rgb[at] : ignore;
        return to => PngWriter.WriteRgb(to, new Picture(picture.Width, picture.Height, rgb));
    }

    private static void RequireSize(string from, (int Width, int Height) size, bool[] isTrusted)
    {
        if (size.Width * size.Height != isTrusted.Length) throw new LumenException($"{from} is {size.Width} x {size.Height}, which is not the size of its picture. Run lumen data check.");
    }
}
