using System.Numerics;

namespace Lumen.Imaging;

/// <summary>
/// Separable resampling: rows first, then columns. Only the rows that a new row needs are held, so memory does not grow with the height.
/// </summary>
internal static class Resample
{
    /// <summary>Applies these weights along both sides; float32 throughout, rounded half to even at the end.</summary>
    /// <param name="weights">Makes the weights from a side's old and new length.</param>
    /// <exception cref="ArgumentException">A side is below 1 or the size exceeds <see cref="Picture.MaxPixels"/>.</exception>
    public static Picture Apply(Picture picture, (int Width, int Height) size, Func<int, int, ResampleWeights> weights)
    {
        var (width, height) = size;
        var length = Picture.Bytes(width, height);
        if (width == picture.Width && height == picture.Height)
            return picture;
        var rgb = new byte[length];
        var (across, down) = (weights(picture.Width, width), weights(picture.Height, height));
        var held = new float[down.Taps.Max(tap => tap.Weights.Length)][];
        for (var slot = 0; slot < held.Length; slot++)
            held[slot] = new float[width * 3];
        var sum = new float[width * 3];
        var next = 0; // the first old row not yet resampled
        for (var y = 0; y < height; y++)
        {
            var (first, shares) = down.Taps[y];
            for (next = Math.Max(next, first); next < first + shares.Length; next++)
                Across(picture.Row(next), across, held[next % held.Length]);
            Array.Clear(sum);
            for (var tap = 0; tap < shares.Length; tap++)
                AddScaled(sum, held[(first + tap) % held.Length], shares[tap]);
            var row = rgb.AsSpan(y * width * 3, width * 3);
            for (var at = 0; at < row.Length; at++)
                row[at] = (byte)MathF.Round(Math.Clamp(sum[at], 0f, 255f));
        }
        return new Picture(width, height, rgb);
    }

    private static void Across(ReadOnlySpan<byte> row, ResampleWeights across, Span<float> resampled)
    {
        for (int x = 0, to = 0; x < across.Taps.Length; x++, to += 3)
        {
            var (first, weights) = across.Taps[x];
            var (red, green, blue) = (0f, 0f, 0f);
            var pixels = row.Slice(first * 3, weights.Length * 3);
            for (int tap = 0, at = 0; tap < weights.Length; tap++, at += 3)
            {
                red += weights[tap] * pixels[at];
                green += weights[tap] * pixels[at + 1];
                blue += weights[tap] * pixels[at + 2];
            }
            (resampled[to], resampled[to + 1], resampled[to + 2]) = (red, green, blue);
        }
    }

    private static void AddScaled(Span<float> sum, ReadOnlySpan<float> row, float weight)
    {
        var at = 0;
        for (; at <= sum.Length - Vector<float>.Count; at += Vector<float>.Count)
            (new Vector<float>(sum[at..]) + new Vector<float>(row[at..]) * weight).CopyTo(sum[at..]);
        for (; at < sum.Length; at++)
            sum[at] += row[at] * weight;
    }
}
