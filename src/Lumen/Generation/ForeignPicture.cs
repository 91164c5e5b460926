using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// Whether a picture is of another kind than those that a model's autoencoder was trained on. Models scale latents so that their mean
/// square is about 1 for pictures of their training. Rendered streets have 0.6 to 1.7 in the built-in model, photographs 2.3 to 3.3,
/// although their features look usual to its basis (<see cref="Layouts.BasisDrift"/>).
/// </summary>
public static class ForeignPicture
{
    /// <summary>The mean square from which pictures are of another kind.</summary>
    public const double LargestLatentSquare = 2;

    /// <summary>Mean square of a picture's scaled latents.</summary>
    /// <param name="model">The model.</param>
    /// <param name="picture">Brought to the model's size and padded to whole cells.</param>
    public static double LatentSquare(DiffusionModel model, Picture picture)
    {
        using var scope = NewDisposeScope();
        return model.Encode(PictureTensor.ToTensor(picture)).square().mean().item<float>();
    }

    /// <summary>Whether it is.</summary>
    /// <inheritdoc cref="LatentSquare"/>
    public static bool Is(DiffusionModel model, Picture picture) => LatentSquare(model, picture) > LargestLatentSquare;
}
