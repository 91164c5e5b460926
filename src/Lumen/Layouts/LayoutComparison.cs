using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// What an edit did to a layout, as a picture: the inputs, the mask and the result as RGB in one colour range, and below them the
/// components that changed most.
/// </summary>
public static class LayoutComparison
{
    private const int MostComponents = 8;
    private const int LeastSide = 256;
    private const int LargestSide = 512;

    /// <summary>Draws the comparison.</summary>
    /// <param name="inputs">The layouts that went in, the edited one first, with a caption each.</param>
    /// <param name="result">The layout that came out, of the first one's grid.</param>
    /// <param name="mask">[h, w], 0...1: what the edit acted on, or null.</param>
    public static Picture Draw(IReadOnlyList<(NeuralLayout Layout, string Caption)> inputs, NeuralLayout result, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        var range = DrawingRange.Of([.. inputs.Select(input => input.Layout), result]);
        List<(Picture Picture, string Caption)> cells =
        [
            .. inputs.Select(input => (Sized(LayoutDrawing.Rgb(input.Layout, range)), input.Caption)),
        ];
        if (mask is not null)
            cells.Add((Drawn(mask, (cells[0].Picture.Width, cells[0].Picture.Height)), "mask"));
        cells.Add((Sized(LayoutDrawing.Rgb(result, range)), "after, components 1-3"));
        var maps = ContactSheet.Compose(
            [
                [.. cells.Select(cell => cell.Picture)],
            ],
            [.. cells.Select(cell => cell.Caption)]
        );
        var changed = MostChanged(inputs[0].Layout, result);
        if (changed.Length == 0)
            return maps;
        var components = ContactSheet.Compose(
            [LayoutDrawing.Some(inputs[0].Layout, changed, range), LayoutDrawing.Some(result, changed, range)],
            [.. changed.Select(component => $"PC {component + 1}")],
            ["before", "after"]
        );
        return ContactSheet.Compose(
            [
                [maps],
                [components],
            ],
            options: new ContactSheetOptions { Gap = 0 }
        );
    }

    /// <summary>Cells in which any component differs.</summary>
    public static long ChangedCells(NeuralLayout before, NeuralLayout after)
    {
        using var scope = NewDisposeScope();
        return before.Map.ne(after.Map).any(0).sum().item<long>();
    }

    // Numbers from 0, ascending.
    private static int[] MostChanged(NeuralLayout before, NeuralLayout after)
    {
        using var scope = NewDisposeScope();
        var change = (after.Map - before.Map).square().mean([1, 2]).data<float>().ToArray(); // [N]
        return
        [
            .. Enumerable
                .Range(0, change.Length)
                .Where(component => change[component] > 0)
                .OrderByDescending(component => change[component])
                .Take(MostComponents)
                .Order(),
        ];
    }

    // Every cell as a block, since the mask acts on whole cells.
    private static Picture Drawn(Tensor mask, (int Width, int Height) size)
    {
        using var scope = NewDisposeScope();
        var large = nn.functional.interpolate(
            mask.view(1, 1, mask.shape[0], mask.shape[1]),
            [size.Height, size.Width],
            mode: InterpolationMode.Nearest
        ); // [1, 1, H, W]
        var picture = PictureTensor.ToPicture((large * 2 - 1).expand(1, 3, -1, -1));
        for (var y = 0; y < size.Height; y++) // a grey frame, since white ends nowhere on white paper
        {
            var row = picture.Row(y);
            if (y == 0 || y == size.Height - 1)
                row.Fill(160);
            row[..3].Fill(160);
            row[^3..].Fill(160);
        }
        return picture;
    }

    private static Picture Sized(Picture picture)
    {
        var factor = (int)Math.Ceiling(LeastSide / (double)Math.Max(picture.Width, picture.Height));
        return factor > 1 ? Resizing.Resize(picture, picture.Width * factor, picture.Height * factor) : Resizing.Fit(picture, LargestSide);
    }
}
