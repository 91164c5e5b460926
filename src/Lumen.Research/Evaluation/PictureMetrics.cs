using Lumen.Imaging;

namespace Lumen.Research.Evaluation;

/// <summary>Plain numbers of single pictures. Luminance is the weighted sum of the coded values (Rec. 709 weights), 0...1.</summary>
public static class PictureMetrics
{
    /// <summary>Mean luminance: night is darker than day.</summary>
    public static double MeanLuminance(Picture picture) => Luminance(picture).Average();

    /// <summary>Mean absolute luminance difference between neighbours in a row and in a column, 0...1: fog lowers it.</summary>
    public static double LocalContrast(Picture picture)
    {
        var luminance = Luminance(picture);
        var (sum, count) = (0.0, 0L);
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                var at = y * picture.Width + x;
                if (x + 1 < picture.Width)
                    (sum, count) = (sum + Math.Abs(luminance[at] - luminance[at + 1]), count + 1);
                if (y + 1 < picture.Height)
                    (sum, count) = (sum + Math.Abs(luminance[at] - luminance[at + picture.Width]), count + 1);
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    /// <summary>Standard deviation of the luminance, 0...1: fog lowers it by day.</summary>
    public static double GlobalContrast(Picture picture)
    {
        var luminance = Luminance(picture);
        var mean = luminance.Average();
        return Math.Sqrt(luminance.Average(value => (value - mean) * (value - mean)));
    }

    private static double[] Luminance(Picture picture)
    {
        var values = new double[picture.Width * picture.Height];
        for (var i = 0; i < values.Length; i++)
            values[i] = (0.2126 * picture.Rgb[3 * i] + 0.7152 * picture.Rgb[3 * i + 1] + 0.0722 * picture.Rgb[3 * i + 2]) / 255;
        return values;
    }
}
