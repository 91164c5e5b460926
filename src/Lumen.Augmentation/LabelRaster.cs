using Lumen.Datasets;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>The pixels of a label file, and how they are stored; changed copies are stored the same way.</summary>
internal sealed record LabelRaster
{
    private const int Colours = 3;
    private readonly int _channels;
    private readonly bool _isDeep,
        _isRgb;
    private readonly IReadOnlyDictionary<int, int>? _colours; // of classes that are drawn in colours

    // What VOC paints its ignored borders with; new entries of a palette get it.
    private static readonly (byte, byte, byte) Nothing = (224, 224, 192);
    private readonly IReadOnlyList<(byte Red, byte Green, byte Blue)> _palette = [];

    private LabelRaster(string path, LabelFile label)
    {
        if (
            label.Kind is LabelKind.Panoptic or LabelKind.Normals or LabelKind.Colours
            || (label.Colours is not null && PngReader.IsRgb(path))
        ) // coded as colours
        {
            _colours = label.Kind == LabelKind.Classes ? label.Colours : null;
            var picture = PictureReader.Read(path);
            (Width, Height, _channels, Values) = (picture.Width, picture.Height, Colours, [.. picture.Rgb.Select(value => (ushort)value)]);
            return;
        }
        (Width, Height, Values) = PngReader.ReadIds(path);
        (_channels, _isRgb) = (1, PngReader.IsRgb(path));
        if (!_isRgb)
            _palette = PngReader.ReadPalette(path);
        _isDeep = PngReader.BitDepth(path) == 16;
    }

    private int Width { get; init; }

    private int Height { get; init; }

    private ushort[] Values { get; init; } // [H, W, channels] flattened

    /// <summary>Reads a PNG.</summary>
    /// <exception cref="LumenException">It cannot be read, or does not have the size of its picture.</exception>
    public static LabelRaster Read(string path, LabelFile label, (int Width, int Height) size)
    {
        var raster = new LabelRaster(path, label);
        return (raster.Width, raster.Height) == size
            ? raster
            : throw new LumenException(
                $"{path} is {raster.Width} x {raster.Height}, but its picture is {size.Width} x {size.Height}. Run lumen data check."
            );
    }

    /// <summary>The same with pixels that cannot be trusted set to the ignored value.</summary>
    /// <param name="ignore">That value, of every channel.</param>
    /// <param name="isTrusted">Of every pixel, [H, W] flattened.</param>
    /// <exception cref="LumenException">Classes are drawn in colours, and none of them is that of the ignored id.</exception>
    public LabelRaster Masked(int ignore, bool[] isTrusted)
    {
        if (_colours is null)
            return Masked([ignore, ignore, ignore], isTrusted);
        var colour =
            _colours.Where(pair => pair.Value == ignore).Select(pair => (int?)pair.Key).FirstOrDefault()
            ?? throw new LumenException(
                $"No class has the id {ignore}, so there is no colour for ignored pixels. Add a class called void "
                    + "with a colour to the table, or give `IgnoreLabel` the id of one that has."
            );
        return Masked([colour >> 16, (colour >> 8) & 255, colour & 255], isTrusted);
    }

    private LabelRaster Masked(int[] ignore, bool[] isTrusted) =>
        this with
        {
            Values = [.. Values.Select((value, at) => isTrusted[at / _channels] ? value : (ushort)ignore[at % _channels])],
        };

    /// <summary>The same at another size: every pixel takes the value under its middle.</summary>
    public LabelRaster Resized(int width, int height)
    {
        if ((width, height) == (Width, Height))
            return this;
        int[] places = Resizing.ResizeIds<int>([.. Enumerable.Range(0, Width * Height)], (Width, Height), (width, height));
        return this with
        {
            Width = width,
            Height = height,
            Values = [.. places.SelectMany(place => Enumerable.Range(place * _channels, _channels), (_, at) => Values[at])],
        };
    }

    /// <summary>Writes a PNG of the kind that was read.</summary>
    public void Write(string path)
    {
        var largest = Values.Max();
        if (_isDeep || largest > byte.MaxValue)
        {
            PngWriter.WriteGray16(path, Width, Height, Values);
            return;
        }
        byte[] bytes = [.. Values.Select(value => (byte)value)];
        if (_channels == Colours)
            PngWriter.WriteRgb(path, new Picture(Width, Height, bytes));
        else if (_isRgb)
            PngWriter.WriteRgb(path, new Picture(Width, Height, [.. bytes.SelectMany(value => Enumerable.Repeat(value, Colours))]));
        else if (_palette.Count > 0)
            PngWriter.WritePalette8(
                path,
                Width,
                Height,
                bytes,
                [.. _palette, .. Enumerable.Repeat(Nothing, Math.Max(0, largest + 1 - _palette.Count))]
            );
        else
            PngWriter.WriteGray8(path, Width, Height, bytes);
    }
}
