using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Metrics;

/// <summary>
/// How well pictures fit their prompts by embeddings of a network that was trained on both (Hessel et al. 2021): w * max(cosine, 0).
/// </summary>
public static class ClipScore
{
    /// <summary>The weight of torchmetrics' CLIPScore: 0...100.</summary>
    public const double Percent = 100;

    /// <summary>The weight of the paper's CLIP-S: 0...2.5.</summary>
    public const double Paper = 2.5;

    /// <summary>Score of each pair.</summary>
    /// <param name="images">[B, D], any floating type and length.</param>
    /// <param name="texts">[B, D].</param>
    /// <param name="weight">w.</param>
    /// <returns>[B], 0...w, float64; the caller disposes it.</returns>
    public static Tensor Of(Tensor images, Tensor texts, double weight = Percent)
    {
        using var scope = NewDisposeScope();
        return (Cosines(images, texts).clamp_min(0) * weight).MoveToOuterDisposeScope();
    }

    /// <summary>Cosine of each pair.</summary>
    /// <param name="images">[B, D], any floating type and length.</param>
    /// <param name="texts">[B, D].</param>
    /// <returns>[B], -1...1, float64; the caller disposes it.</returns>
    public static Tensor Cosines(Tensor images, Tensor texts)
    {
        Shape.Require(images, nameof(images), "[B, D]", s => s.Length == 2);
        Shape.Require(texts, nameof(texts), Shape.Text(images.shape), s => s.AsSpan().SequenceEqual(images.shape));
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        return nn
            .functional.cosine_similarity(images.detach().to(ScalarType.Float64), texts.detach().to(ScalarType.Float64), 1, 1e-12)
            .MoveToOuterDisposeScope();
    }
}
