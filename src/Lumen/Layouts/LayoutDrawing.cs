using Lumen.Core.Tensors;
using Lumen.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Neural layouts as pictures for people. Every cell is mixed with its neighbours by a binomial filter before maps are interpolated
/// bilinearly, so that what cells have in common shows through the noise of single ones; the adapter sees them unfiltered.
/// </summary>
public static class LayoutDrawing
{
    private const int PicturesPerRow = 8;
    private const int LongestStripSide = 192;

    /// <summary>Components 1 to 3 as red, green and blue, in the size of the layout's picture. Missing components are mid grey.</summary>
    /// <param name="layout">What to draw.</param>
    /// <param name="range">Values of darkest and brightest; by default the picture's own 1st to 99th percentiles.</param>
    public static Picture Rgb(NeuralLayout layout, DrawingRange? range = null)
    {
        using var scope = NewDisposeScope();
        range ??= DrawingRange.Of([layout]);
        var map = Resized(layout, layout.ImageWidth, layout.ImageHeight); // [N, H, W]
        var channels = Enumerable
            .Range(0, 3)
            .Select(component =>
            {
                if (component >= Math.Min(layout.Components, range.Components))
                    return zeros_like(map[0]);
                var (low, high) = range[component];
                return (map[component] - low) * (2 / (high - low)) - 1;
            });
        return PictureTensor.ToPicture(stack(channels));
    }

    /// <summary>Single components side by side, each on a diverging scale: blue negative, light grey zero, red positive.</summary>
    /// <param name="layout">What to draw.</param>
    /// <param name="max">At most this many components, eight in a row.</param>
    /// <param name="shares">Share of the variance of each component, for the captions; see
    /// <see cref="PrincipalComponents.ExplainedVarianceRatio"/>.</param>
    public static Picture Strip(NeuralLayout layout, int max = PicturesPerRow, IReadOnlyList<double>? shares = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        using var scope = NewDisposeScope();
        var range = DrawingRange.Of([layout]);
        var map = Small(layout);
        var rows = Enumerable
            .Range(0, Math.Min(max, layout.Components))
            .Chunk(PicturesPerRow)
            .Select(row =>
                ContactSheet.Compose(
                    [
                        [.. row.Select(component => Diverging(map[component], range[component]))],
                    ],
                    [.. row.Select(component => Caption(component, shares))]
                )
            );
        return ContactSheet.Compose([.. rows.Select(row => (IReadOnlyList<Picture>)[row])], options: new ContactSheetOptions { Gap = 0 });
    }

    /// <summary>One component at the size of <see cref="Strip"/>, on a diverging scale of its own.</summary>
    /// <param name="layout">What to draw.</param>
    /// <param name="component">Its number from 1, as captions count them.</param>
    public static Picture Component(NeuralLayout layout, int component)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(component, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(component, layout.Components);
        return Some(layout, [component - 1], DrawingRange.Of([layout]))[0];
    }

    /// <summary>Some components at the size of <see cref="Strip"/>.</summary>
    /// <param name="layout">What to draw.</param>
    /// <param name="components">Which, from 0.</param>
    /// <param name="range">The values that the ends of the colour scale stand for.</param>
    internal static IReadOnlyList<Picture> Some(NeuralLayout layout, IEnumerable<int> components, DrawingRange range)
    {
        using var scope = NewDisposeScope();
        var map = Small(layout);
        return [.. components.Select(component => Diverging(map[component], range[component]))];
    }

    private static Tensor Small(NeuralLayout layout)
    {
        var shrink = Math.Min(1, LongestStripSide / (double)Math.Max(layout.ImageWidth, layout.ImageHeight));
        return Resized(layout, Math.Max(1, (int)(layout.ImageWidth * shrink)), Math.Max(1, (int)(layout.ImageHeight * shrink)));
    }

    private static string Caption(int component, IReadOnlyList<double>? shares) =>
        component < (shares?.Count ?? 0) ? $"PC {component + 1}: {shares![component] * 100:0.0} %" : $"PC {component + 1}";

    private static Tensor Resized(NeuralLayout layout, int width, int height) =>
        nn
            .functional.interpolate(
                Smoothed(layout.Map.unsqueeze(0)),
                [height, width],
                mode: InterpolationMode.Bilinear,
                align_corners: false
            )
            .squeeze(0);

    // 1 2 1 along both axes; at the border the outermost cells are repeated.
    private static Tensor Smoothed(Tensor maps)
    {
        var padded = nn.functional.pad(maps, [1, 1, 1, 1], PaddingModes.Replicate); // [1, N, h + 2, w + 2]
        var across = Mixed(padded, 3);
        return Mixed(across, 2);

        static Tensor Mixed(Tensor map, int axis)
        {
            var length = map.shape[axis] - 2;
            return (map.narrow(axis, 0, length) + map.narrow(axis, 1, length) * 2 + map.narrow(axis, 2, length)) / 4;
        }
    }

    // Moreland's cool-warm scale (2009) by its two ends and its middle.
    private static Picture Diverging(Tensor map, (double Low, double High) range)
    {
        using var scope = NewDisposeScope();
        var limit = Math.Max(Math.Max(Math.Abs(range.Low), Math.Abs(range.High)), 1e-6);
        var value = (map / limit).clamp(-1, 1); // [H, W]
        var colours = new[] { (59, 221, 180), (76, 221, 4), (192, 221, 38) }.Select(stops =>
        {
            var (cold, middle, warm) = stops;
            var level = value.clamp_min(0) * (warm - middle) + value.clamp_max(0) * (middle - cold) + middle;
            return level / 127.5 - 1;
        });
        return PictureTensor.ToPicture(stack(colours));
    }
}
