using System.Globalization;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Edits of neural layouts. Each leaves its inputs as they are, keeps the basis and the size of the first, and notes what it did in
/// <see cref="NeuralLayout.Edits"/>. The mean of all layouts is zero, so what is erased becomes zero.
/// </summary>
public static class LayoutEditing
{
    /// <summary>
    /// The second layout where the mask says so, the first elsewhere: (1 - m) A + m B. A second layout of another grid is stretched to the
    /// first one's.
    /// </summary>
    /// <param name="first">A, which gives basis and size.</param>
    /// <param name="second">B.</param>
    /// <param name="mask">[h, w] of A's grid, 0...1; see <see cref="LayoutMask"/>.</param>
    /// <exception cref="LumenException">The layouts belong to two bases.</exception>
    public static NeuralLayout Mix(this NeuralLayout first, NeuralLayout second, Tensor mask)
    {
        first.Require(second);
        RequireMask(mask, first);
        using var scope = NewDisposeScope();
        var other = OnGridOf(first, second); // [N, h, w]
        return first.With(first.Map * (1 - mask) + other * mask, $"mix ({Share(mask)} of the cells from a second layout)");
    }

    /// <summary>
    /// Copies a rectangle of the second layout onto the first, cell by cell. Sides are rounded to whole cells; what reaches beyond the
    /// first layout is cut.
    /// </summary>
    /// <param name="onto">The layout that is changed; may be the same as <paramref name="from"/>.</param>
    /// <param name="from">The layout that the rectangle is taken from.</param>
    /// <param name="region">The rectangle, in pixels of the picture of <paramref name="from"/>.</param>
    /// <param name="to">Where its upper left corner goes, in pixels of the picture of <paramref name="onto"/>.</param>
    /// <exception cref="LumenException">The layouts belong to two bases, the region reaches beyond its picture, or nothing of it would be
    /// seen.</exception>
    public static NeuralLayout Paste(this NeuralLayout onto, NeuralLayout from, PixelRegion region, (int X, int Y) to)
    {
        onto.Require(from);
        region.Require(from);
        var (left, width) = Cells(region.X, region.Width, from.ImageWidth, from.Map.shape[2]);
        var (top, height) = Cells(region.Y, region.Height, from.ImageHeight, from.Map.shape[1]);
        var x = (long)Math.Round(to.X * onto.Map.shape[2] / (double)onto.ImageWidth);
        var y = (long)Math.Round(to.Y * onto.Map.shape[1] / (double)onto.ImageHeight);
        var (skipX, skipY) = (Math.Max(0, -x), Math.Max(0, -y));
        var (seenWidth, seenHeight) = (Math.Min(width, onto.Map.shape[2] - x) - skipX, Math.Min(height, onto.Map.shape[1] - y) - skipY);
        if (seenWidth < 1 || seenHeight < 1)
            throw new LumenException(
                LumenErrorKind.Option,
                $"A region of {region.Width} x {region.Height} pixels pasted at {to.X},{to.Y} lies outside the layout's picture of "
                    + $"{onto.ImageWidth} x {onto.ImageHeight} pixels."
            );
        using var scope = NewDisposeScope();
        var map = onto.Map.clone();
        map.narrow(1, y + skipY, seenHeight)
            .narrow(2, x + skipX, seenWidth)
            .copy_(from.Map.narrow(1, top + skipY, seenHeight).narrow(2, left + skipX, seenWidth));
        return onto.With(map, $"paste (region {region} of a layout at {to.X},{to.Y})");
    }

    /// <summary>
    /// The second layout where a mask that somebody drew is white, the first where it is black; see <see cref="LayoutMask"/>.
    /// </summary>
    /// <param name="first">The layout that gives basis and size.</param>
    /// <param name="second">The other one.</param>
    /// <param name="mask">Black, white and grey, of any size.</param>
    /// <exception cref="LumenException">The layouts belong to two bases, or the mask has colours.</exception>
    public static NeuralLayout Mix(this NeuralLayout first, NeuralLayout second, Picture mask)
    {
        using var cells = LayoutMask.Of(mask, first, "of the mix");
        return first.Mix(second, cells);
    }

    /// <summary>Erases a rectangle.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="region">In pixels of the layout's picture.</param>
    /// <exception cref="LumenException">The region is empty or reaches beyond the picture.</exception>
    public static NeuralLayout Erase(this NeuralLayout layout, PixelRegion region)
    {
        using var cells = LayoutMask.Of(region, layout);
        return layout.Erase(cells);
    }

    /// <summary>Brings cells to the mean of all layouts, which is zero: nothing is said there any more.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="mask">[h, w], 0...1: how much of each cell is erased; see <see cref="LayoutMask"/>.</param>
    public static NeuralLayout Erase(this NeuralLayout layout, Tensor mask)
    {
        RequireMask(mask, layout);
        using var scope = NewDisposeScope();
        // Plus zero, so that what was negative does not become -0.
        return layout.With(layout.Map * (1 - mask) + 0, $"erase ({Share(mask)} of the cells)");
    }

    /// <summary>Exchanges two opposite sides.</summary>
    public static NeuralLayout Mirror(this NeuralLayout layout, MirrorAxis axis = MirrorAxis.Horizontal)
    {
        if (!Enum.IsDefined(axis))
            throw new ArgumentException($"axis must be horizontal or vertical but is {(int)axis}.", nameof(axis));
        using var scope = NewDisposeScope();
        return layout.With(
            layout.Map.flip(axis == MirrorAxis.Horizontal ? 2 : 1),
            $"mirror ({(axis == MirrorAxis.Horizontal ? "left and right" : "top and bottom")})"
        );
    }

    /// <summary>
    /// Multiplies every cell's components by a random orthogonal matrix: lengths and angles stay, the single components lose their meaning.
    /// </summary>
    /// <param name="layout">The layout.</param>
    /// <param name="seed">Seed of the matrix.</param>
    public static NeuralLayout Rotate(this NeuralLayout layout, ulong seed)
    {
        using var scope = NewDisposeScope();
        return layout.With(
            Multiplied(layout.Map, Orthogonal(layout.Components, seed)),
            string.Create(CultureInfo.InvariantCulture, $"rotate (seed {seed})")
        );
    }

    /// <summary>Undoes <see cref="Rotate"/> with the same seed, to rounding.</summary>
    public static NeuralLayout RotateBack(this NeuralLayout layout, ulong seed)
    {
        using var scope = NewDisposeScope();
        return layout.With(
            Multiplied(layout.Map, Orthogonal(layout.Components, seed).t()),
            string.Create(CultureInfo.InvariantCulture, $"rotate back (seed {seed})")
        );
    }

    /// <summary>Keeps these components; the others become zero.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="components">Numbers from 1, as the drawings count them.</param>
    /// <exception cref="LumenException">The layout has no such component.</exception>
    public static NeuralLayout Keep(this NeuralLayout layout, IReadOnlyCollection<int> components) =>
        Multiplied(
            layout,
            Enumerable.Range(1, layout.Components).Except(Checked(layout, components)),
            0,
            $"keep (components {Text(components)})"
        );

    /// <summary>Sets these components to zero.</summary>
    /// <inheritdoc cref="Keep"/>
    public static NeuralLayout Drop(this NeuralLayout layout, IReadOnlyCollection<int> components) =>
        Multiplied(layout, Checked(layout, components), 0, $"drop (components {Text(components)})");

    /// <summary>Multiplies these components by a factor.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="components">Numbers from 1, as the drawings count them.</param>
    /// <param name="factor">Finite; below 0 turns the components' signs.</param>
    /// <exception cref="LumenException">The layout has no such component, or the factor is not finite.</exception>
    public static NeuralLayout Scale(this NeuralLayout layout, IReadOnlyCollection<int> components, double factor)
    {
        if (!double.IsFinite(factor))
            throw new LumenException(LumenErrorKind.Option, $"The factor of the components must be a finite number but is {factor}.");
        return Multiplied(
            layout,
            Checked(layout, components),
            factor,
            string.Create(CultureInfo.InvariantCulture, $"scale (components {Text(components)} by {factor})")
        );
    }

    /// <summary>
    /// An orthogonal matrix drawn evenly from all of them: Q of a normal matrix, with the signs of R's diagonal (Mezzadri 2007).
    /// </summary>
    /// <returns>[N, N], float64; the caller disposes it.</returns>
    internal static Tensor Orthogonal(int components, ulong seed)
    {
        using var scope = NewDisposeScope();
        var (q, r) = linalg.qr(new RandomStream(seed).Normal(components, components).to(ScalarType.Float64));
        return (q * r.diagonal().sign()).MoveToOuterDisposeScope();
    }

    // [N, h, w]
    private static Tensor Multiplied(Tensor map, Tensor matrix) => matrix.mm(map.flatten(1).to(ScalarType.Float64)).view(map.shape);

    private static NeuralLayout Multiplied(NeuralLayout layout, IEnumerable<int> components, double factor, string edit)
    {
        using var scope = NewDisposeScope();
        var map = layout.Map.clone();
        foreach (var component in components)
            _ = factor == 0 ? map.select(0, component - 1).zero_() : map.select(0, component - 1).mul_(factor);
        return layout.With(map, edit);
    }

    private static Tensor OnGridOf(NeuralLayout first, NeuralLayout second)
    {
        var (height, width) = (first.Map.shape[1], first.Map.shape[2]);
        if (second.Map.shape[1] == height && second.Map.shape[2] == width)
            return second.Map;
        var maps = second.Map.unsqueeze(0);
        var shrinks = second.Map.shape[1] >= height && second.Map.shape[2] >= width;
        return (shrinks ? nn.functional.adaptive_avg_pool2d(maps, [height, width]) : Bilinear.Resize(maps, height, width)).squeeze(0);
    }

    private static (long First, long Count) Cells(int start, int length, int side, long cells)
    {
        var first = Math.Min((long)Math.Round(start * cells / (double)side), cells - 1);
        return (first, Math.Clamp((long)Math.Round((start + length) * cells / (double)side) - first, 1, cells - first));
    }

    private static IReadOnlyCollection<int> Checked(NeuralLayout layout, IReadOnlyCollection<int> components)
    {
        if (components.Count == 0)
            throw new LumenException(LumenErrorKind.Option, "No component was named. Components are numbers from 1, such as 1-8 or 2,5.");
        foreach (var component in components)
        {
            if (component < 1 || component > layout.Components)
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"There is no component {component}: the layout has components 1 to {layout.Components}."
                );
        }
        return components.Distinct().ToArray();
    }

    private static string Text(IReadOnlyCollection<int> components) => string.Join(',', components.Distinct().Order());

    private static string Share(Tensor mask) => string.Create(CultureInfo.InvariantCulture, $"{mask.mean().item<float>() * 100:0.#} %");

    private static void RequireMask(Tensor mask, NeuralLayout layout)
    {
        var (height, width) = (layout.Map.shape[1], layout.Map.shape[2]);
        Shape.Require(
            mask,
            nameof(mask),
            $"[{height}, {width}], the layout's grid,",
            s => s is [var h, var w] && h == height && w == width
        );
        using var scope = NewDisposeScope();
        if (!mask.ge(0).logical_and(mask.le(1)).all().item<bool>())
            throw new ArgumentException("mask must lie between 0 and 1.", nameof(mask));
    }
}

/// <summary>Which sides a mirrored layout exchanges.</summary>
public enum MirrorAxis
{
    /// <summary>Left and right.</summary>
    Horizontal,

    /// <summary>Top and bottom.</summary>
    Vertical,
}
