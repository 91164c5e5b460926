using Lumen.Conditions;

namespace Lumen.Samples.Extension;

/// <summary>A condition: the brightness of the picture, averaged over squares of 2 radius + 1 pixels.</summary>
/// <param name="radius">0 to 64 pixels.</param>
public sealed class BlurCondition(int radius) : RasterCondition
{
    private const int Usual = 2,
        Most = 64;

    /// <summary>How it is registered.</summary>
    public static ConditionType Type { get; } = new(new ConditionKind("blur"), Create);

    /// <inheritdoc/>
    public override ConditionKind Kind => Type.Kind;

    /// <inheritdoc/>
    public override ConditionRaster Read(AnnotatedPicture source)
    {
        var (width, height, rgb) = (source.Picture.Width, source.Picture.Height, source.Picture.Rgb);
        var values = new byte[width * height];
        for (var y = 0; y < height; y++)
        for (var x = 0; x < width; x++)
            values[y * width + x] = (byte)(SumAround(x, y) / 3 / Count(x, width) / Count(y, height));
        return new ConditionRaster(width, height, 1, values);

        int SumAround(int x, int y)
        {
            var sum = 0;
            for (var row = Math.Max(0, y - radius); row <= Math.Min(height - 1, y + radius); row++)
            for (var at = Math.Max(0, x - radius); at <= Math.Min(width - 1, x + radius); at++)
                sum += rgb[3 * (row * width + at)] + rgb[3 * (row * width + at) + 1] + rgb[3 * (row * width + at) + 2];
            return sum;
        }

        int Count(int at, int side) => Math.Min(side - 1, at + radius) - Math.Max(0, at - radius) + 1;
    }

    private static BlurCondition Create(ConditionSettings settings)
    {
        var radius = Usual;
        foreach (var (name, value) in settings.Parameters ?? [])
        {
            if (name != "radius" || value?.AsValue().TryGetValue(out radius) != true || radius is < 0 or > Most)
                throw new LumenException($"The parameters of blur must be a whole \"radius\" of 0 to {Most} and nothing else.");
        }
        return new BlurCondition(radius);
    }
}
