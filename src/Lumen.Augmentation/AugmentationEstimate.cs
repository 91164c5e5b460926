using Lumen.Generation;
using Lumen.Layouts;

namespace Lumen.Augmentation;

/// <summary>
/// What an augmentation will cost, and whether its pictures are of the kind that the basis knows: measured on a few of them before anything
/// is written.
/// </summary>
/// <param name="SecondsPerPicture">Time of a new picture, without second attempts.</param>
/// <param name="Time">Time of everything that is still to be made, held-out pictures included.</param>
/// <param name="OriginalBytes">Bytes of originals that are still to be copied; 0 where they are linked.</param>
/// <param name="NewBytes">Bytes of new pictures, their labels and maps.</param>
public sealed record AugmentationEstimate(double SecondsPerPicture, TimeSpan Time, long OriginalBytes, long NewBytes)
{
    /// <summary>How far the pictures are from those that the basis was fitted to; null where they are of its kind.</summary>
    public BasisDrift? Drift { get; init; }

    /// <summary>Name of the picture that is the farthest.</summary>
    public string Farthest { get; init; } = "";

    /// <summary>Mean square of the pictures' scaled latents; see <see cref="ForeignPicture"/>.</summary>
    public double LatentSquare { get; init; }

    /// <summary>Whether the pictures are of another kind than those that the model's autoencoder was trained on.</summary>
    public bool IsForeign => LatentSquare > ForeignPicture.LargestLatentSquare;

    /// <summary>Bytes in all.</summary>
    public long Bytes => OriginalBytes + NewBytes;
}
