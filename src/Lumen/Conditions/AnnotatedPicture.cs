using Lumen.Imaging;

namespace Lumen.Conditions;

/// <summary>
/// A picture with what is known of it beyond its pixels: a scene's own annotations, a data set's label files, or nothing.
/// </summary>
/// <param name="Picture">The picture.</param>
public sealed record AnnotatedPicture(Picture Picture)
{
    private readonly byte[]? _labels;
    private readonly float[]? _depth;
    private readonly float[]? _normals;

    /// <summary>Class ids, [H, W] flattened; null if unknown.</summary>
    /// <exception cref="LumenException">Their number is not that of the pixels.</exception>
    public byte[]? Labels
    {
        get => _labels;
        init => _labels = Fitting(value, 1, "labels");
    }

    /// <summary>Depth in metres, [H, W] flattened; 0 or a value that is not finite where there is none. Null if unknown.</summary>
    /// <exception cref="LumenException">Their number is not that of the pixels.</exception>
    public float[]? Depth
    {
        get => _depth;
        init => _depth = Fitting(value, 1, "depth");
    }

    /// <summary>Unit normals, [H, W, 3] flattened, X right, Y up, Z towards the viewer. Null if unknown.</summary>
    /// <exception cref="LumenException">Their number is not that of the pixels.</exception>
    public float[]? Normals
    {
        get => _normals;
        init => _normals = Fitting(value, 3, "normals");
    }

    private T[]? Fitting<T>(T[]? values, int channels, string what) =>
        values is null || values.Length == Picture.Width * Picture.Height * channels
            ? values
            : throw new LumenException(
                LumenErrorKind.Option,
                $"The {what} hold {values.Length / channels} pixels, but the picture has {Picture.Width} x {Picture.Height} = "
                    + $"{Picture.Width * Picture.Height}. They must have the picture's size."
            );
}
