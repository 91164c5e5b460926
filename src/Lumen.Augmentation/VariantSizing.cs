using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Augmentation;

/// <summary>
/// How a picture of another size than the model's is brought to it. Labels are never resampled: results come back to the source's size the
/// same way.
/// </summary>
public enum PictureFit
{
    /// <summary>Scaled with its proportions, then padded to whole cells; the padding is cut off again.</summary>
    Pad,

    /// <summary>
    /// Both sides are scaled to whole cells, each on its own: proportions change by less than half a cell, and nothing is padded.
    /// </summary>
    Resize,

    /// <summary>
    /// Covered by overlapping tiles of the model's size, at the picture's own scale: for pictures much larger than the model. Costs as many
    /// passes as there are tiles.
    /// </summary>
    Tile,
}

/// <summary>At which size, in how many pieces and how many at once pictures are made.</summary>
/// <param name="Fit">How pictures are brought to the model's size.</param>
/// <param name="Resolution">As <see cref="AugmentationOptions.Resolution"/>.</param>
/// <param name="Batch">As <see cref="AugmentationOptions.Batch"/>.</param>
public sealed record VariantSizing(PictureFit Fit = PictureFit.Pad, int? Resolution = null, int? Batch = null)
{
    /// <summary>The sizing of some options.</summary>
    public static VariantSizing Of(AugmentationOptions options) => new(options.Fit, options.Resolution, options.Batch);

    /// <summary>Size at which a picture is generated, without padding.</summary>
    public (int Width, int Height) For(Picture picture, DiffusionModel model)
    {
        var (own, size) = (WorkingSize.Of(model), (picture.Width, picture.Height));
        var (width, height) = Resolution switch
        {
            AugmentationOptions.OriginalResolution => size,
            null when Fit == PictureFit.Tile => size,
            null => LayoutExtractor.SizeFor(own, size),
            { } side => picture.Width <= picture.Height
                ? LayoutExtractor.SizeFor(own, size, width: side)
                : LayoutExtractor.SizeFor(own, size, height: side),
        };
        return Fit == PictureFit.Resize ? (Whole(width), Whole(height)) : (width, height);

        int Whole(int side) => Math.Max(1, (int)Math.Round(side / (double)own.Multiple)) * own.Multiple;
    }

    /// <summary>Pictures or tiles in one pass.</summary>
    /// <param name="pixels">Pixels of one of them, padding included.</param>
    /// <param name="model">The model.</param>
    public int BatchFor(long pixels, DiffusionModel model) => Batch ?? BatchRules.SizeFor(pixels, model);
}
