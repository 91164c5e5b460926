using System.Globalization;
using Lumen.Imaging;

namespace Lumen.Cli;

/// <summary>How two pictures differ, in words.</summary>
internal static class PictureDifference
{
    /// <summary>The difference, or null where every pixel is the same.</summary>
    public static string? Between(Picture then, Picture now)
    {
        if ((then.Width, then.Height) != (now.Width, now.Height))
            return $"it was {then.Width} x {then.Height} pixels and is {now.Width} x {now.Height}";
        var (different, largest, pixels) = (0, 0, then.Width * then.Height);
        for (var pixel = 0; pixel < pixels; pixel++)
        {
            var most = Enumerable.Range(3 * pixel, 3).Max(at => Math.Abs(then.Rgb[at] - now.Rgb[at]));
            if (most > 0)
                different++;
            largest = Math.Max(largest, most);
        }
        return different == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{different} of {pixels} pixels differ ({100.0 * different / pixels:0.##} %), by {largest} of 255 at most"
            );
    }
}
