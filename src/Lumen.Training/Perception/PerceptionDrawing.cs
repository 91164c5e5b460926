using System.Runtime.InteropServices;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Training.Perception;

/// <summary>Draws what perception networks see, for people.</summary>
public static class PerceptionDrawing
{
    // Colours that people know from Cityscapes, by name; other classes get Pascal VOC's colours by id.
    private static readonly Dictionary<string, (byte Red, byte Green, byte Blue)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sky"] = (70, 130, 180),
        ["building"] = (70, 70, 70),
        ["road"] = (128, 64, 128),
        ["marking"] = (255, 255, 255),
        ["pavement"] = (244, 35, 232),
        ["sidewalk"] = (244, 35, 232),
        ["grass"] = (152, 251, 152),
        ["car"] = (0, 0, 142),
        ["tree"] = (107, 142, 35),
        ["person"] = (220, 20, 60),
        ["pedestrian"] = (220, 20, 60),
        ["pole"] = (250, 170, 30),
        ["fence"] = (190, 153, 153),
        ["bicyclist"] = (119, 11, 32),
    };

    /// <summary>The colour of a class; black for ids that are none.</summary>
    public static (byte Red, byte Green, byte Blue) Colour(PerceptionClasses classes, int id) =>
        id >= classes.Count ? default
        : Known.TryGetValue(classes.Names[id], out var colour) ? colour
        : ByNumber(id + 1);

    /// <summary>Class ids in colours.</summary>
    /// <param name="labels">[H, W], whole numbers; not disposed.</param>
    /// <param name="classes">The classes.</param>
    public static Picture Labels(Tensor labels, PerceptionClasses classes) => Painted(labels, id => Colour(classes, (int)id));

    /// <summary>Instances in colours, black where there is none.</summary>
    /// <param name="instances">[H, W], whole numbers; not disposed.</param>
    public static Picture Instances(Tensor instances) => Painted(instances, id => id == 0 ? default : ByNumber((int)id));

    /// <summary>Depth, near bright, on a logarithmic scale from 2 to 65 metres; black for none.</summary>
    /// <param name="metres">[H, W] float32; not disposed.</param>
    public static Picture Depth(Tensor metres)
    {
        using var scope = NewDisposeScope();
        var near = 1 - (metres.clamp_min(2) / 2).log() / Math.Log(Data.LabelledPicture.Farthest / 2);
        return PictureTensor.ToPicture((where(metres.gt(0), near.clamp(0, 1), zeros_like(near)) * 2 - 1).unsqueeze(0).expand(3, -1, -1));
    }

    /// <summary>Normals as (n + 1) / 2.</summary>
    /// <param name="normals">[3, H, W] float32; not disposed.</param>
    public static Picture Normals(Tensor normals) => PictureTensor.ToPicture(normals);

    /// <summary>A sheet with a column a picture: the picture, then a row for each kind of thing that was seen.</summary>
    public static Picture Sheet(IReadOnlyList<Picture> pictures, PerceptionEvaluation evaluation, PerceptionClasses classes)
    {
        using var scope = NewDisposeScope();
        var rows = new List<(string Name, Picture[] Pictures)> { ("picture", [.. pictures]) };
        Add("classes", evaluation.Labels, map => Labels(map, classes));
        Add("instances", evaluation.Instances, Instances);
        Add("depth", evaluation.Depth, Depth);
        Add("normals", evaluation.Normals, Normals);
        return ContactSheet.Compose([.. rows.Select(row => row.Pictures)], null, [.. rows.Select(row => row.Name)]);

        void Add(string name, Tensor? maps, Func<Tensor, Picture> draw)
        {
            if (maps is not null)
                rows.Add((name, [.. Enumerable.Range(0, pictures.Count).Select(i => draw(maps[i]))]));
        }
    }

    private static Picture Painted(Tensor ids, Func<long, (byte Red, byte Green, byte Blue)> colour)
    {
        using var scope = NewDisposeScope();
        var values = MemoryMarshal.Cast<byte, long>(ids.cpu().to_type(ScalarType.Int64).contiguous().bytes);
        var picture = Picture.Filled((int)ids.shape[1], (int)ids.shape[0], 0, 0, 0);
        for (var i = 0; i < values.Length; i++)
            (picture.Rgb[3 * i], picture.Rgb[3 * i + 1], picture.Rgb[3 * i + 2]) = colour(values[i]);
        return picture;
    }

    // Pascal VOC's colour map: the bits of the number, three by three, from the highest bit of each channel down.
    private static (byte Red, byte Green, byte Blue) ByNumber(int number)
    {
        var (red, green, blue) = (0, 0, 0);
        for (var bit = 7; number > 0; bit--, number >>= 3)
        {
            red |= (number & 1) << bit;
            green |= (number >> 1 & 1) << bit;
            blue |= (number >> 2 & 1) << bit;
        }
        return ((byte)red, (byte)green, (byte)blue);
    }
}
