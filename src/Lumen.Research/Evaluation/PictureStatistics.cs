using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>
/// What can be said about a picture without knowing what stands where: of each of 8 x 8 places the mean colour, the spread of brightness
/// and how much it changes from pixel to pixel.
/// </summary>
public static class PictureStatistics
{
    private const int Grid = 8;
    private const int Each = 5;

    /// <summary>Numbers a picture.</summary>
    public const int Length = Grid * Grid * Each;

    /// <summary>Statistics of pictures.</summary>
    /// <param name="pictures">Of any size of at least 8 x 8.</param>
    /// <returns>[n, 320] float32, 0...1; the caller disposes it.</returns>
    public static Tensor Of(IReadOnlyList<Picture> pictures)
    {
        var values = new float[pictures.Count * Length];
        for (var i = 0; i < pictures.Count; i++)
            Write(pictures[i], values.AsSpan(i * Length, Length));
        return tensor(values, [pictures.Count, Length]);
    }

    private static void Write(Picture picture, Span<float> values)
    {
        for (var place = 0; place < Grid * Grid; place++)
        {
            var (column, row) = (place % Grid, place / Grid);
            var (left, right) = (column * picture.Width / Grid, (column + 1) * picture.Width / Grid);
            var (top, bottom) = (row * picture.Height / Grid, (row + 1) * picture.Height / Grid);
            var (red, green, blue, sum, square, change, count) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0);
            for (var y = top; y < bottom; y++)
            {
                for (var x = left; x < right; x++)
                {
                    var (r, g, b) = picture.At(x, y);
                    var luminance = Luminance((r, g, b));
                    (red, green, blue, sum, square, count) = (
                        red + r,
                        green + g,
                        blue + b,
                        sum + luminance,
                        square + luminance * luminance,
                        count + 1
                    );
                    if (x + 1 < right)
                        change += Math.Abs(luminance - Luminance(picture.At(x + 1, y)));
                    if (y + 1 < bottom)
                        change += Math.Abs(luminance - Luminance(picture.At(x, y + 1)));
                }
            }
            if (count == 0)
                continue;
            var at = values.Slice(place * Each, Each);
            (at[0], at[1], at[2]) = ((float)(red / count / 255), (float)(green / count / 255), (float)(blue / count / 255));
            at[3] = (float)Math.Sqrt(Math.Max(0, square / count - sum / count * (sum / count)));
            at[4] = (float)(change / count);
        }
    }

    private static double Luminance((byte Red, byte Green, byte Blue) colour) =>
        (0.2126 * colour.Red + 0.7152 * colour.Green + 0.0722 * colour.Blue) / 255;
}
