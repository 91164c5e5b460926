namespace Lumen.Imaging;

/// <summary>A picture extended on the right and below so that its sides fit a network.</summary>
/// <param name="Picture">The extended picture.</param>
/// <param name="OriginalWidth">Width before.</param>
/// <param name="OriginalHeight">Height before.</param>
public sealed record PaddedPicture(Picture Picture, int OriginalWidth, int OriginalHeight)
{
    /// <summary>Cuts a picture of the extended size (a result of the network) back to the original size.</summary>
    /// <exception cref="ArgumentException"><paramref name="result"/> does not have the extended size.</exception>
    public Picture Crop(Picture result)
    {
        if (result.Width != Picture.Width || result.Height != Picture.Height)
            throw new ArgumentException(
                $"result must be {Picture.Width} x {Picture.Height} like the padded picture but is {result.Width} x {result.Height}.",
                nameof(result)
            );
        return result.Width == OriginalWidth && result.Height == OriginalHeight
            ? result
            : Resizing.Crop(result, 0, 0, OriginalWidth, OriginalHeight);
    }
}
