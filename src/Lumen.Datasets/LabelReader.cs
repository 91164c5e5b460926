using System.Xml;
using System.Xml.Linq;
using Lumen.Files;
using Lumen.Imaging;

namespace Lumen.Datasets;

/// <summary>Reads as much of a label file as a check needs.</summary>
public static class LabelReader
{
    /// <summary>The size that the label is for and its ids, where it has them.</summary>
    /// <exception cref="LumenException">The file cannot be read, or is not what its kind asks for.</exception>
    public static ((int Width, int Height)? Size, ushort[]? Ids) Read(string path, LabelFile label) =>
        label switch
        {
            { Kind: LabelKind.Depth, IsPng: true } => Depth(path),
            { Kind: LabelKind.Classes or LabelKind.Instances, IsPng: true } => Ids(path, label.Colours),
            { Kind: LabelKind.Normals or LabelKind.Colours or LabelKind.Panoptic, IsPng: true } => Colours(path),
            { Kind: LabelKind.Polygons } => Polygons(path),
            { Kind: LabelKind.Boxes } when path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) => Boxes(path),
            { IsPicture: true } => (SizeOf(path, label), null),
            _ => (null, null),
        };

    /// <summary>The size that the label is for, without reading its pixels; null where it does not say.</summary>
    /// <exception cref="LumenException">The file cannot be read.</exception>
    public static (int Width, int Height)? SizeOf(string path, LabelFile label) =>
        label switch
        {
            { IsPng: true } => PngReader.ReadSize(path),
            { IsPicture: true } => PictureReader.ReadSize(path),
            { Kind: LabelKind.Polygons } => Polygons(path).Size,
            { Kind: LabelKind.Boxes } when path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) => Boxes(path).Size,
            _ => null,
        };

    private static ((int, int)? Size, ushort[]? Ids) Depth(string path)
    {
        var (width, height, _) = PngReader.ReadGray16(path);
        return ((width, height), null);
    }

    // Classes may also be coded as colours; without a table of them only the size can be checked.
    private static ((int, int)? Size, ushort[]? Ids) Ids(string path, IReadOnlyDictionary<int, int>? colours)
    {
        try
        {
            var (width, height, ids) = LabelColours.ReadIds(path, colours);
            return ((width, height), ids);
        }
        catch (LumenException fault) when (fault.Message.Contains("holds colours", StringComparison.Ordinal))
        {
            return Colours(path);
        }
    }

    private static ((int, int)? Size, ushort[]? Ids) Colours(string path)
    {
        var picture = PictureReader.Read(path);
        return ((picture.Width, picture.Height), null);
    }

    private static ((int, int)? Size, ushort[]? Ids) Polygons(string path)
    {
        var json = JsonFile.Read(path);
        return
            json.Kind == System.Text.Json.JsonValueKind.Object
            && Number("imgWidth", "imageWidth") is { } width
            && Number("imgHeight", "imageHeight") is { } height
            ? ((width, height), null)
            : (null, null);

        int? Number(params string[] names) =>
            names.Select(name => json[name]?.TryLong()).FirstOrDefault(number => number is > 0 and <= int.MaxValue) is { } found
                ? (int)found
                : null;
    }

    private static ((int, int)? Size, ushort[]? Ids) Boxes(string path)
    {
        try
        {
            var size = XDocument.Load(path).Root?.Element("size");
            return
                int.TryParse(size?.Element("width")?.Value, out var width)
                && int.TryParse(size?.Element("height")?.Value, out var height)
                && width > 0
                && height > 0
                ? ((width, height), null)
                : (null, null);
        }
        catch (Exception fault) when (fault is XmlException or IOException or UnauthorizedAccessException)
        {
            throw new LumenException($"{path} is not XML: {fault.Message}", fault);
        }
    }
}
