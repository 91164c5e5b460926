using Lumen.Imaging;

namespace Lumen.Metrics;

/// <summary>Squared error of pictures, over all pixels and channels.</summary>
public static class PictureError
{
    /// <summary>Mean squared error of bytes, 0...65025.</summary>
    /// <param name="one">Bytes of a picture.</param>
    /// <param name="other">As many.</param>
    public static double MeanSquared(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.Length == 0 || one.Length != other.Length)
            throw new ArgumentException(
                $"one and other must hold the same number of bytes, at least one, but hold {one.Length} and {other.Length}.",
                nameof(other)
            );
        var sum = 0L;
        for (var i = 0; i < one.Length; i++)
            sum += (one[i] - other[i]) * (one[i] - other[i]);
        return sum / (double)one.Length;
    }

    /// <summary>Peak signal-to-noise ratio, 10 log10(255^2 / MSE), decibels; infinite for equal pictures.</summary>
    /// <exception cref="LumenException">The sizes differ.</exception>
    public static double Psnr(Picture one, Picture other)
    {
        RequireSameSize(one, other);
        return Psnr(one.Rgb, other.Rgb);
    }

    /// <summary>Peak signal-to-noise ratio of bytes, decibels; infinite where all are equal.</summary>
    public static double Psnr(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => 10 * Math.Log10(255.0 * 255.0 / MeanSquared(one, other));

    internal static void RequireSameSize(Picture one, Picture other)
    {
        if (one.Width != other.Width || one.Height != other.Height)
            throw new LumenException(
                $"Pictures of one size can be compared, but these are {one.Width} x {one.Height} and {other.Width} x "
                    + $"{other.Height}. Resize one of them first."
            );
    }
}
