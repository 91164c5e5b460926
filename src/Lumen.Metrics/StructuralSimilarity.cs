using Lumen.Imaging;

namespace Lumen.Metrics;

/// <summary>
/// Structural similarity, SSIM (Wang et al. 2004), with scikit-image's numbers: K1 = 0.01, K2 = 0.03, range 255, each channel by itself,
/// mean over the places where the whole window is inside the picture. Covariances are those of a sample (n - 1) in a uniform window and
/// weighted means in a Gaussian one, as in the paper.
/// </summary>
public static class StructuralSimilarity
{
    private const double C1 = 0.01 * 255 * 0.01 * 255;
    private const double C2 = 0.03 * 255 * 0.03 * 255;

    /// <summary>The similarity of two colour pictures, -1...1.</summary>
    /// <exception cref="LumenException">The sizes differ, or a side is smaller than the window.</exception>
    public static double Between(Picture one, Picture other, SimilarityWindow? window = null)
    {
        PictureError.RequireSameSize(one, other);
        return Between(one.Rgb, other.Rgb, (one.Width, one.Height, 3), window);
    }

    /// <summary>The similarity of two pictures given as bytes, -1...1.</summary>
    /// <param name="one">[H, W, C] flattened, 0...255.</param>
    /// <param name="other">The same shape.</param>
    /// <param name="size">Width, height and channels.</param>
    /// <param name="window">By default <see cref="SimilarityWindow.Uniform"/>.</param>
    /// <exception cref="LumenException">A side is smaller than the window.</exception>
    public static double Between(
        ReadOnlySpan<byte> one,
        ReadOnlySpan<byte> other,
        (int Width, int Height, int Channels) size,
        SimilarityWindow? window = null
    )
    {
        var (width, height, channels) = size;
        window ??= SimilarityWindow.Uniform;
        if (one.Length != width * height * channels || other.Length != one.Length)
            throw new ArgumentException(
                $"one and other must hold {width} x {height} x {channels} bytes but hold {one.Length} and {other.Length}.",
                nameof(other)
            );
        if (Math.Min(width, height) < window.Size)
            throw new LumenException(
                $"SSIM with a window of {window.Size} x {window.Size} needs pictures of at least that size, but they are {width} x "
                    + $"{height}."
            );
        double area = window.Size * window.Size;
        var weights = (window.Weights(), window.Sigma is null ? area / (area - 1) : 1);
        var sum = 0.0;
        for (var channel = 0; channel < channels; channel++)
            sum += OfPlanes(Plane(one, channel, channels), Plane(other, channel, channels), width, weights);
        return sum / channels;
    }

    private static double OfPlanes(double[] x, double[] y, int width, (double[] Row, double Sample) window)
    {
        var (weights, sample) = window;
        var (meanX, meanY) = (Filter(x, width, weights), Filter(y, width, weights));
        var (xx, yy, xy) = (
            Filter(Product(x, x), width, weights),
            Filter(Product(y, y), width, weights),
            Filter(Product(x, y), width, weights)
        );
        var sum = 0.0;
        for (var i = 0; i < meanX.Length; i++)
        {
            var (u, v) = (meanX[i], meanY[i]);
            var (varianceX, varianceY, covariance) = (sample * (xx[i] - u * u), sample * (yy[i] - v * v), sample * (xy[i] - u * v));
            sum += (2 * u * v + C1) * (2 * covariance + C2) / ((u * u + v * v + C1) * (varianceX + varianceY + C2));
        }
        return sum / meanX.Length;
    }

    // Weighted means of every window that is wholly inside, rows first.
    private static double[] Filter(double[] plane, int width, double[] weights)
    {
        var (height, n) = (plane.Length / width, weights.Length);
        var (wide, high) = (width - n + 1, height - n + 1);
        var rows = new double[height * wide];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < wide; x++)
            {
                var sum = 0.0;
                for (var i = 0; i < n; i++)
                    sum += weights[i] * plane[y * width + x + i];
                rows[y * wide + x] = sum;
            }
        }
        var result = new double[high * wide];
        for (var y = 0; y < high; y++)
        {
            for (var x = 0; x < wide; x++)
            {
                var sum = 0.0;
                for (var i = 0; i < n; i++)
                    sum += weights[i] * rows[(y + i) * wide + x];
                result[y * wide + x] = sum;
            }
        }
        return result;
    }

    private static double[] Plane(ReadOnlySpan<byte> values, int channel, int channels)
    {
        var plane = new double[values.Length / channels];
        for (var i = 0; i < plane.Length; i++)
            plane[i] = values[i * channels + channel];
        return plane;
    }

    private static double[] Product(double[] x, double[] y)
    {
        var product = new double[x.Length];
        for (var i = 0; i < x.Length; i++)
            product[i] = x[i] * y[i];
        return product;
    }
}
