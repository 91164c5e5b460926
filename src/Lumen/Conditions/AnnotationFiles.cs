using Lumen.Imaging;

namespace Lumen.Conditions;

/// <summary>Reads a picture with the files that a data set keeps beside it.</summary>
public static class AnnotationFiles
{
    /// <summary>Reads what is given.</summary>
    /// <param name="picture">A picture file.</param>
    /// <param name="labels">PNG of class ids, or null.</param>
    /// <param name="depth">16-bit PNG, or null; 0 is no depth.</param>
    /// <param name="normals">Picture of (n + 1) / 2, or null.</param>
    /// <param name="depthSteps">Steps of the depth file a metre.</param>
    /// <param name="colours">Ids by colour (0xRRGGBB), where labels may be drawn in colours; null where ids are stored.</param>
    /// <exception cref="LumenException">A file cannot be read or has another size than the picture.</exception>
    public static AnnotatedPicture Read(
        string picture,
        string? labels = null,
        string? depth = null,
        string? normals = null,
        float depthSteps = 1000,
        IReadOnlyDictionary<int, int>? colours = null
    )
    {
        var pixels = PictureReader.Read(picture);
        return new AnnotatedPicture(pixels)
        {
            Labels = labels is null ? null : Labels(labels, pixels, colours),
            Depth = depth is null ? null : Depth(depth, pixels, depthSteps),
            Normals = normals is null ? null : Normals(normals, pixels),
        };
    }

    private static byte[] Labels(string path, Picture picture, IReadOnlyDictionary<int, int>? colours)
    {
        var (width, height, ids) = LabelColours.ReadIds(path, colours);
        RequireSize(path, (width, height), picture);
        return Array.ConvertAll(
            ids,
            id =>
                id <= byte.MaxValue
                    ? (byte)id
                    : throw new LumenException(LumenErrorKind.Option, $"{path} holds the label {id}; class ids go up to 255.")
        );
    }

    private static float[] Depth(string path, Picture picture, float steps)
    {
        var (width, height, values) = PngReader.ReadGray16(path);
        RequireSize(path, (width, height), picture);
        return Array.ConvertAll(values, value => value / steps);
    }

    private static float[] Normals(string path, Picture picture)
    {
        var colours = PictureReader.Read(path);
        RequireSize(path, (colours.Width, colours.Height), picture);
        return Array.ConvertAll(colours.Rgb, value => value / 127.5f - 1);
    }

    private static void RequireSize(string path, (int Width, int Height) size, Picture picture)
    {
        if (size != (picture.Width, picture.Height))
            throw new LumenException(
                LumenErrorKind.Option,
                $"{path} is {size.Width} x {size.Height}, but the picture is {picture.Width} x {picture.Height}. Both must have one size."
            );
    }
}
