using Lumen.Core.Imaging;
using Lumen.Datasets;

namespace Lumen.Augmentation;

/// <summary>Writes a label file again with the pixels that cannot be trusted set to the value that counts for nothing: the data set's ignored id, or 0 in depth.</summary>
internal static class TrustedLabels
{
    /// <summary>Whether such a file can be written.</summary>
    public static bool IsPossible(LabelFile label) => label is { IsPng: true, Kind: LabelKind.Classes or LabelKind.Depth };

    /// <param name="from">The label file.</param>
    /// <param name="to">The new one.</param>
    /// <param name="label">What it holds.</param>
    /// <param name="ignore">The ignored id of classes.</param>
    /// <param name="isTrusted">Of every pixel, [H, W] flattened.</param>
    public static void Write(string from, string to, LabelFile label, int ignore, bool[] isTrusted)
    {
        var (width, height, ids) = PngReader.ReadIds(from);
        if (ids.Length != isTrusted.Length) throw new Core.LumenException($"{from} is {width} x {height}, which is not the size of its picture.");
        var value = (ushort)(label.Kind == LabelKind.Depth ? 0 : ignore);
        for (var at = 0; at < ids.Length; at++) ids[at] = isTrusted[at] ? ids[at] : value;
        var palette = PngReader.ReadPalette(from);
        if (label.Kind == LabelKind.Depth || ids.Max() > byte.MaxValue) PngWriter.WriteGray16(to, width, height, ids);
        else if (palette.Count > ids.Max()) PngWriter.WritePalette8(to, width, height, [.. ids.Select(id => (byte)id)], palette);
        else PngWriter.WriteGray8(to, width, height, [.. ids.Select(id => (byte)id)]);
    }
}
