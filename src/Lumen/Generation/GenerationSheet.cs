using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen.Generation;

/// <summary>
/// The contact sheet of a generation: what steered it - the reference and its neural layout as RGB, or a condition image - and the results.
/// </summary>
public static class GenerationSheet
{
    private const int LeastSide = 256;
    private const int Columns = 6;

    /// <summary>Composes the sheet; small pictures are enlarged so that captions have room.</summary>
    /// <param name="reference">The reference at the size of the results, or null where a stored layout was used.</param>
    /// <param name="layout">The layout as it was used.</param>
    /// <param name="results">The results with a caption each.</param>
    public static Picture Compose(Picture? reference, NeuralLayout layout, IReadOnlyList<(Picture Picture, string Caption)> results)
    {
        var size = results[0].Picture;
        var drawn = LayoutDrawing.Rgb(layout);
        if (drawn.Width >= size.Width && drawn.Height >= size.Height)
            drawn = Resizing.Crop(drawn, 0, 0, size.Width, size.Height); // the padding was cut off the results too
        List<(Picture Picture, string Caption)> cells = [(drawn, "neural layout, components 1-3"), .. results];
        if (reference is not null)
            cells.Insert(0, (reference, "reference"));
        return Compose(cells);
    }

    /// <summary>The sheet of a generation from a condition image.</summary>
    /// <param name="condition">The condition at the size of the results.</param>
    /// <param name="results">The results with a caption each.</param>
    public static Picture Compose(Picture condition, IReadOnlyList<(Picture Picture, string Caption)> results) =>
        Compose([(condition, "condition"), .. results]);

    private static Picture Compose(List<(Picture Picture, string Caption)> cells)
    {
        var rows = cells
            .Chunk(Columns)
            .Select(row =>
                ContactSheet.Compose(
                    [
                        [.. row.Select(cell => Enlarged(cell.Picture))],
                    ],
                    [.. row.Select(cell => cell.Caption)],
                    options: new ContactSheetOptions { CaptionLines = 6 }
                )
            )
            .ToArray();
        return rows.Length == 1
            ? rows[0]
            : ContactSheet.Compose([.. rows.Select(row => (IReadOnlyList<Picture>)[row])], options: new ContactSheetOptions { Gap = 0 });
    }

    private static Picture Enlarged(Picture picture)
    {
        var factor = (int)Math.Ceiling(LeastSide / (double)Math.Max(picture.Width, picture.Height));
        return factor <= 1 ? picture : Resizing.Resize(picture, picture.Width * factor, picture.Height * factor);
    }
}
