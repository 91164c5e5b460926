using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Which cells of a layout an edit acts on, and how much: 1 is all, 0 nothing. A cell that a mask covers in part gets that share.
/// </summary>
public static class LayoutMask
{
    // Colour management and palettes may leave a grey with channels that differ by a few levels.
    private const int GreyTolerance = 8;

    /// <summary>The whole layout.</summary>
    /// <returns>[h, w], all 1, float32; the caller disposes it.</returns>
    public static Tensor Everything(NeuralLayout layout) => ones(layout.Map.shape[1], layout.Map.shape[2]);

    /// <summary>
    /// A mask that somebody drew: white acts, black does not, grey in part. Any size; it is averaged over the area of each cell.
    /// </summary>
    /// <param name="picture">Black, white and grey.</param>
    /// <param name="layout">The layout that is edited.</param>
    /// <param name="name">What messages call the mask.</param>
    /// <returns>[h, w], 0...1, float32; the caller disposes it.</returns>
    /// <exception cref="LumenException">It has colours.</exception>
    public static Tensor Of(Picture picture, NeuralLayout layout, string name)
    {
        for (var at = 0; at < picture.Rgb.Length; at += 3)
        {
            var (red, green, blue) = (picture.Rgb[at], picture.Rgb[at + 1], picture.Rgb[at + 2]);
            if (Math.Max(red, Math.Max(green, blue)) - Math.Min(red, Math.Min(green, blue)) > GreyTolerance)
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"The mask {name} must be black, white and grey, but the pixel ({at / 3 % picture.Width}, "
                        + $"{at / 3 / picture.Width}) is red {red}, green {green}, blue {blue}. Paint what the edit acts on white and "
                        + "the rest black."
                );
        }
        var (height, width) = (layout.Map.shape[1], layout.Map.shape[2]);
        var cells = Resizing.Area(picture, (int)width, (int)height);
        return tensor([.. Enumerable.Range(0, (int)(width * height)).Select(cell => cells.Rgb[cell * 3] / 255f)], height, width);
    }

    /// <summary>A rectangle.</summary>
    /// <param name="region">In pixels of the layout's picture.</param>
    /// <param name="layout">The layout that is edited.</param>
    /// <returns>[h, w], 0...1, float32; the caller disposes it.</returns>
    /// <exception cref="LumenException">The region is empty or reaches beyond the picture.</exception>
    public static Tensor Of(PixelRegion region, NeuralLayout layout)
    {
        region.Require(layout);
        using var scope = NewDisposeScope();
        var rows = Covered(region.Y, region.Height, layout.ImageHeight, layout.Map.shape[1]); // [h]
        var columns = Covered(region.X, region.Width, layout.ImageWidth, layout.Map.shape[2]); // [w]
        return rows.outer(columns).MoveToOuterDisposeScope();
    }

    private static Tensor Covered(int start, int length, int side, long cells)
    {
        var cell = side / (double)cells;
        return tensor([
            .. Enumerable
                .Range(0, (int)cells)
                .Select(i => (float)Math.Clamp((Math.Min((i + 1) * cell, start + length) - Math.Max(i * cell, start)) / cell, 0, 1)),
        ]);
    }
}
