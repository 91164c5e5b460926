using Lumen.Conditions;
using Lumen.Imaging;

namespace Lumen.Training.Data;

/// <summary>
/// A picture with everything that is known about its pixels: what perception networks are trained on and compared with. Arrays are
/// row-major and of the picture's size; what is not known at all is null, what is not known of a pixel has the value that means none.
/// </summary>
/// <param name="Picture">The picture.</param>
public sealed record LabelledPicture(Picture Picture)
{
    /// <summary>The label of ignored pixels.</summary>
    public const byte Ignore = 255;

    /// <summary>
    /// Depth in metres at which measuring ends: 65.535, the most that millimetres in 16 bits hold. What is as far or farther, the sky
    /// included, has this depth and no normal.
    /// </summary>
    public const float Farthest = ushort.MaxValue / 1000f;

    private readonly byte[]? _labels;
    private readonly float[]? _depth;
    private readonly float[]? _normals;
    private readonly ushort[]? _instances;
    private readonly float[]? _yaw;

    /// <summary>Class ids, [H, W]; <see cref="Ignore"/> where there is none.</summary>
    /// <exception cref="LumenException">Their number is not that of the pixels; so for all of these.</exception>
    public byte[]? Labels
    {
        get => _labels;
        init => _labels = Fitting(value, 1, "labels");
    }

    /// <summary>Depth in metres, [H, W]; 0 where there is none.</summary>
    public float[]? Depth
    {
        get => _depth;
        init => _depth = Fitting(value, 1, "depth");
    }

    /// <summary>Unit normals, [H, W, 3], X right, Y up, Z towards the viewer; a zero vector where there is none.</summary>
    public float[]? Normals
    {
        get => _normals;
        init => _normals = Fitting(value, 3, "normals");
    }

    /// <summary>Ids of objects, [H, W]; 0 where there is none.</summary>
    public ushort[]? Instances
    {
        get => _instances;
        init => _instances = Fitting(value, 1, "instances");
    }

    /// <summary>
    /// Headings of objects against the camera's axis, [H, W], radians: 0 looks away from the camera, positive turns to the right. NaN where
    /// there is none.
    /// </summary>
    public float[]? Yaw
    {
        get => _yaw;
        init => _yaw = Fitting(value, 1, "yaw");
    }

    /// <summary>A picture with the annotations that conditions are made of; it says nothing of instances and headings.</summary>
    public static LabelledPicture From(AnnotatedPicture source) =>
        new(source.Picture)
        {
            Labels = source.Labels,
            Depth = source.Depth,
            Normals = source.Normals,
        };

    /// <summary>
    /// Another picture of the same things: what is generated from a reference keeps the reference's labels. The arrays are shared.
    /// </summary>
    /// <exception cref="LumenException">It has another size.</exception>
    public LabelledPicture Showing(Picture picture) =>
        (picture.Width, picture.Height) == (Picture.Width, Picture.Height)
            ? this with
            {
                Picture = picture,
            }
            : throw new LumenException(
                $"The picture is {picture.Width} x {picture.Height}, but the labels are for {Picture.Width} x {Picture.Height}. "
                    + "Both must have one size."
            );

    /// <summary>The same with class ids by their positions; ids that have none become <see cref="Ignore"/>.</summary>
    /// <param name="positions">Position of each id.</param>
    public LabelledPicture Renumbered(IReadOnlyDictionary<int, byte> positions) =>
        Labels is not { } labels
            ? this
            : this with
            {
                Labels = [.. labels.Select(id => positions.TryGetValue(id, out var position) ? position : Ignore)],
            };

    /// <summary>
    /// The same at another size: the picture by area or Lanczos, everything else by the pixel under the middle, so that no value is
    /// invented.
    /// </summary>
    public LabelledPicture Resized(int width, int height)
    {
        if ((width, height) == (Picture.Width, Picture.Height))
            return this;
        return new LabelledPicture(Resizing.Resize(Picture, width, height))
        {
            Labels = Nearest(Labels),
            Depth = Nearest(Depth),
            Normals = NearestNormals(),
            Instances = Nearest(Instances),
            Yaw = Nearest(Yaw),
        };

        T[]? Nearest<T>(T[]? values) =>
            values is null ? null : Resizing.ResizeIds<T>(values, (Picture.Width, Picture.Height), (width, height));

        float[]? NearestNormals()
        {
            if (Normals is not { } normals)
                return null;
            var places = Nearest<int>([.. Enumerable.Range(0, Picture.Width * Picture.Height)])!;
            return [.. places.SelectMany(place => new[] { normals[3 * place], normals[3 * place + 1], normals[3 * place + 2] })];
        }
    }

    private T[]? Fitting<T>(T[]? values, int channels, string what) =>
        values is null || values.Length == Picture.Width * Picture.Height * channels
            ? values
            : throw new LumenException(
                $"The {what} hold {values.Length / channels} pixels, but the picture has {Picture.Width} x {Picture.Height} = "
                    + $"{Picture.Width * Picture.Height}. They must have the picture's size."
            );
}
