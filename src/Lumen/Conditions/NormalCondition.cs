namespace Lumen.Conditions;

/// <summary>
/// Surface normals as colours, (n + 1) / 2 with X right, Y up, Z towards the viewer: from known normals, otherwise from an estimator - of
/// normals in three channels, or of inverse depth in one, whose relief is then taken as ControlNet does with MiDaS (Sobel gradients against
/// a fixed depth of 2 pi; what is farthest faces the viewer).
/// </summary>
/// <param name="estimator">Gives normals -1...1 in three channels or inverse depth in one, or null.</param>
public sealed class NormalCondition(IPictureEstimator? estimator = null) : RasterCondition
{
    private const float Relief = 2 * MathF.PI;
    private const float Background = 0.1f;

    /// <inheritdoc/>
    public override ConditionKind Kind => ConditionKind.Normal;

    /// <inheritdoc/>
    public override int Planes => 3;

    /// <summary>A surface that faces the viewer.</summary>
    public static (byte Red, byte Green, byte Blue) Facing => (128, 128, 255);

    /// <inheritdoc/>
    public override (byte Red, byte Green, byte Blue) Nothing => Facing;

    /// <inheritdoc/>
    public override ConditionRaster Read(AnnotatedPicture source)
    {
        var (width, height) = (source.Picture.Width, source.Picture.Height);
        return new ConditionRaster(width, height, 3, Colours(source.Normals ?? Estimate(source)));
    }

    private static byte[] Colours(float[] normals)
    {
        var colours = new byte[normals.Length];
        for (var at = 0; at < normals.Length; at += 3)
        {
            var (x, y, z) = (normals[at], normals[at + 1], normals[at + 2]);
            var length = MathF.Sqrt(x * x + y * y + z * z);
            if (!float.IsFinite(length))
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"The normal at pixel {at / 3} is ({x}, {y}, {z}); it must be a finite vector."
                );
            if (length == 0)
                (z, length) = (1, 1);
            (colours[at], colours[at + 1], colours[at + 2]) = (Byte(x / length), Byte(y / length), Byte(z / length));
        }
        return colours;

        static byte Byte(float value) => (byte)MathF.Round((Math.Clamp(value, -1, 1) + 1) * 127.5f);
    }

    private float[] Estimate(AnnotatedPicture source)
    {
        if (estimator is null)
            throw new LumenException(
                LumenErrorKind.Option,
                "The surface normals of this picture are not known. Give `Normals` a PNG of (n + 1) / 2, or `Estimator` an ONNX model "
                    + "that estimates normals or inverse depth."
            );
        var map = estimator.Estimate(source.Picture);
        if (map.Channels == 1)
            return FromRelief(RelativeDepth.Stretched(map.Values), map.Width, map.Height);
        map.RequireChannels(3, "normals");
        var plane = map.Width * map.Height;
        var normals = new float[map.Values.Length];
        for (var i = 0; i < normals.Length; i++)
            normals[i] = map.Values[i % 3 * plane + i / 3];
        return normals;
    }

    private static float[] FromRelief(float[] near, int width, int height)
    {
        var normals = new float[near.Length * 3];
        for (var pixel = 0; pixel < near.Length; pixel++)
        {
            var (x, y) = (pixel % width, pixel / width);
            var (left, right, above, below) = (
                Math.Max(x - 1, 0),
                Math.Min(x + 1, width - 1),
                Math.Max(y - 1, 0),
                Math.Min(y + 1, height - 1)
            );
            var across = At(right, above) - At(left, above) + 2 * (At(right, y) - At(left, y)) + At(right, below) - At(left, below);
            var down = At(left, below) - At(left, above) + 2 * (At(x, below) - At(x, above)) + At(right, below) - At(right, above);
            if (near[pixel] < Background)
                (across, down) = (0, 0);
            // What comes nearer to the right faces left; what comes nearer downwards faces up.
            (normals[3 * pixel], normals[3 * pixel + 1], normals[3 * pixel + 2]) = (-across, down, Relief / width);
        }
        return normals;

        float At(int x, int y) => near[y * width + x];
    }
}
