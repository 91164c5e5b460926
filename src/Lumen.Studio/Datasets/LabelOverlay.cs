using Lumen.Datasets;
using Lumen.Imaging;

namespace Lumen.Studio.Datasets;

/// <summary>Classes drawn over a picture: half of each colour, and a line where two classes meet.</summary>
internal static class LabelOverlay
{
    /// <summary>Draws.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="ids">[H, W] flattened, of the picture's size.</param>
    /// <param name="classes">Colours, where the data set has some.</param>
    public static Picture Draw(Picture picture, ushort[] ids, ClassTable classes)
    {
        var colours = ids.Distinct().ToDictionary(id => id, id => ColourOf(id, classes));
        var rgb = (byte[])picture.Rgb.Clone();
        for (var at = 0; at < ids.Length; at++)
        {
            var (red, green, blue) = colours[ids[at]];
            var isEdge =
                (at % picture.Width + 1 < picture.Width && ids[at + 1] != ids[at])
                || (at + picture.Width < ids.Length && ids[at + picture.Width] != ids[at]);
            var share = isEdge ? 0.95 : 0.5;
            rgb[at * 3] = Mixed(rgb[at * 3], red);
            rgb[at * 3 + 1] = Mixed(rgb[at * 3 + 1], green);
            rgb[at * 3 + 2] = Mixed(rgb[at * 3 + 2], blue);

            byte Mixed(byte below, byte above) => (byte)(below * (1 - share) + above * share);
        }
        return new Picture(picture.Width, picture.Height, rgb);
    }

    /// <summary>The colour of a class: the data set's own, otherwise one that differs from those of its neighbours.</summary>
    public static (byte Red, byte Green, byte Blue) ColourOf(int id, ClassTable classes)
    {
        if (classes.Classes.FirstOrDefault(one => one.Id == id)?.Colour is { } own)
            return own;
        if (id == classes.Ignore)
            return (110, 110, 110);
        // Hues by the golden angle, so that ids that follow each other lie far apart.
        var hue = id * 137.508 % 360 / 60;
        var (chroma, least) = (170.0, id % 3 * 25 + 40.0);
        var second = chroma * (1 - Math.Abs(hue % 2 - 1));
        var (red, green, blue) = (int)hue switch
        {
            0 => (chroma, second, 0.0),
            1 => (second, chroma, 0.0),
            2 => (0.0, chroma, second),
            3 => (0.0, second, chroma),
            4 => (second, 0.0, chroma),
            _ => (chroma, 0.0, second),
        };
        return ((byte)(red + least), (byte)(green + least), (byte)(blue + least));
    }
}
