using Lumen.Imaging;

namespace Lumen.Conditions;

/// <summary>
/// Edges with a strength. Without an estimator: the length of the gradient after smoothing with a Gaussian, of the three colours the
/// largest, divided by its 99th percentile in the picture (but by no less than a step of 4 levels, so that flat pictures stay empty). With
/// one (HED and its kin): its probabilities.
/// </summary>
/// <param name="estimator">Gives edge probabilities 0...1 in one channel, or null.</param>
/// <param name="sigma">Standard deviation of the smoothing in pixels.</param>
public sealed class SoftEdgeCondition(IPictureEstimator? estimator = null, double sigma = 1) : RasterCondition
{
    private const double Percentile = 0.99;
    private const double Faintest = 4;
    private const float Slack = 0.02f;

    /// <inheritdoc/>
    public override ConditionKind Kind => ConditionKind.SoftEdge;

    /// <inheritdoc/>
    public override ConditionRaster Read(AnnotatedPicture source)
    {
        var picture = source.Picture;
        return new ConditionRaster(
            picture.Width,
            picture.Height,
            1,
            estimator is null ? Gradient(picture) : Estimated(estimator.Estimate(picture))
        );
    }

    private static byte[] Estimated(EstimatedMap map)
    {
        map.RequireChannels(1, "soft edges");
        var (low, high) = (map.Values.Min(), map.Values.Max());
        if (low < -Slack || high > 1 + Slack)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The estimator's edges must be probabilities from 0 to 1 but go from {low:g3} to {high:g3}. Export the model with "
                    + "its sigmoid."
            );
        return Array.ConvertAll(map.Values, value => (byte)MathF.Round(Math.Clamp(value, 0, 1) * 255));
    }

    private byte[] Gradient(Picture picture)
    {
        var (width, height) = (picture.Width, picture.Height);
        var strongest = new double[width * height];
        for (var channel = 0; channel < 3; channel++)
        {
            var plane = Smoothed(picture, channel);
            for (var pixel = 0; pixel < strongest.Length; pixel++)
            {
                var (x, y) = (pixel % width, pixel / width);
                var across = (plane[y * width + Math.Min(x + 1, width - 1)] - plane[y * width + Math.Max(x - 1, 0)]) / 2;
                var down = (plane[Math.Min(y + 1, height - 1) * width + x] - plane[Math.Max(y - 1, 0) * width + x]) / 2;
                strongest[pixel] = Math.Max(strongest[pixel], Math.Sqrt(across * across + down * down));
            }
        }
        double[] sorted = [.. strongest.Order()];
        var full = Math.Max(sorted[(int)(Percentile * (sorted.Length - 1))], Faintest);
        return Array.ConvertAll(strongest, value => (byte)Math.Round(Math.Min(value / full, 1) * 255));
    }

    private double[] Smoothed(Picture picture, int channel)
    {
        var (width, height) = (picture.Width, picture.Height);
        var plane = new double[width * height];
        for (var pixel = 0; pixel < plane.Length; pixel++)
            plane[pixel] = picture.Rgb[3 * pixel + channel];
        var radius = (int)Math.Ceiling(3 * sigma);
        double[] weights = [.. Enumerable.Range(-radius, 2 * radius + 1).Select(i => Math.Exp(-0.5 * i * i / (sigma * sigma)))];
        var sum = weights.Sum();
        var rows = new double[plane.Length];
        for (var pixel = 0; pixel < plane.Length; pixel++)
        {
            var (x, y) = (pixel % width, pixel / width);
            for (var i = -radius; i <= radius; i++)
                rows[pixel] += weights[i + radius] / sum * plane[y * width + Math.Clamp(x + i, 0, width - 1)];
        }
        Array.Clear(plane);
        for (var pixel = 0; pixel < plane.Length; pixel++)
        {
            var (x, y) = (pixel % width, pixel / width);
            for (var i = -radius; i <= radius; i++)
                plane[pixel] += weights[i + radius] / sum * rows[Math.Clamp(y + i, 0, height - 1) * width + x];
        }
        return plane;
    }
}
