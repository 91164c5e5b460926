using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>CLIP's loss (Radford et al. 2021, figure 3).</summary>
internal static class ContrastiveLoss
{
    private const double Excluded = -1e4;

    /// <summary>Cosines between pictures and texts.</summary>
    /// <param name="pictures">[B, E], any length.</param>
    /// <param name="texts">[B, E], any length.</param>
    /// <returns>[B, B], pictures down, float32.</returns>
    public static Tensor Cosines(Tensor pictures, Tensor texts)
    {
        Shape.Require(pictures, nameof(pictures), Shape.Text(texts.shape), s => s.SequenceEqual(texts.shape) && s.Length == 2);
        using var scope = NewDisposeScope();
        return Direction(pictures).mm(Direction(texts).t()).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of the cross-entropies of finding the text of each picture and the picture of each text.</summary>
    /// <param name="cosines">[B, B], float32.</param>
    /// <param name="scale">Scalar factor of the cosines: the inverse of the temperature.</param>
    /// <param name="captions">What the texts say: those that say the same are no wrong answers for each other's pictures, and are left
    /// out.</param>
    public static Tensor Symmetric(Tensor cosines, Tensor scale, IReadOnlyList<string> captions)
    {
        Shape.Require(
            cosines,
            nameof(cosines),
            $"[{captions.Count}, {captions.Count}]",
            s => s is [var pictures, var texts] && pictures == captions.Count && texts == captions.Count
        );
        using var scope = NewDisposeScope();
        var twins = new float[captions.Count * captions.Count];
        for (var i = 0; i < captions.Count; i++)
        {
            for (var j = 0; j < captions.Count; j++)
                twins[i * captions.Count + j] = i != j && captions[i] == captions[j] ? (float)Excluded : 0;
        }
        var logits = cosines * scale + tensor(twins, captions.Count, captions.Count).to(cosines.device);
        var own = arange(captions.Count, ScalarType.Int64, cosines.device);
        return ((nn.functional.cross_entropy(logits, own) + nn.functional.cross_entropy(logits.t(), own)) / 2).MoveToOuterDisposeScope();
    }

    private static Tensor Direction(Tensor rows) => nn.functional.normalize(rows.to_type(ScalarType.Float32), 2, 1, 1e-8);
}
