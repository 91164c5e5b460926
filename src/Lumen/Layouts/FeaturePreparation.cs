using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// What happens to a picture's features before the linear part: clipping of outliers, then normalisation. Each picture is prepared on its
/// own.
/// </summary>
public static class FeaturePreparation
{
    /// <summary>Added to the standard deviation when standardising, so that a constant channel becomes zero.</summary>
    public const double Epsilon = 1e-5;

    /// <summary>Prepared features, [B, C, h, w], float64 where the features are (<see cref="DoublePrecision"/>).</summary>
    public static Tensor Prepare(Tensor features, BasisOptions options)
    {
        Shape.Require(features, nameof(features), "[B, C, h, w]", s => s.Length == 4);
        using var scope = NewDisposeScope();
        var x = DoublePrecision.Of(features); // [B, C, h, w]
        if (options.MaxNormRatio is { } ratio)
            x = ClipNorms(x, ratio);
        if (options.Normalisation != FeatureNormalisation.None)
            x = x - x.mean([2, 3], keepdim: true);
        if (options.Normalisation == FeatureNormalisation.Standardise)
            x = x / (x.square().mean([2, 3], keepdim: true).sqrt() + Epsilon);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The cells as rows, picture by picture, row by row, without those within <paramref name="border"/> cells of a side: [B*P, C].
    /// </summary>
    public static Tensor Rows(Tensor features, int border)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (features.shape[2] - 2 * border, features.shape[3] - 2 * border);
        if (height < 1 || width < 1)
            throw new LumenException(
                LumenErrorKind.Model,
                $"Leaving out {border} border cells leaves nothing of a {features.shape[2]}x{features.shape[3]} grid of features."
            );
        var inner = features.narrow(2, border, height).narrow(3, border, width);
        return inner.permute(0, 2, 3, 1).reshape(-1, features.shape[1]).MoveToOuterDisposeScope();
    }

    /// <summary>Norm of each cell as a multiple of its picture's median norm: [B, h, w].</summary>
    /// <param name="x">[B, C, h, w], float64.</param>
    public static Tensor NormRatios(Tensor x)
    {
        using var scope = NewDisposeScope();
        var norms = x.square().sum(1, keepdim: true).sqrt(); // [B, 1, h, w]
        var (ordered, _) = norms.flatten(1).sort(1); // [B, h*w]
        var median = ordered.select(1, (ordered.shape[1] - 1) / 2).view(-1, 1, 1, 1); // [B, 1, 1, 1]
        return (norms / median.clamp_min(1e-30)).squeeze(1).MoveToOuterDisposeScope();
    }

    private static Tensor ClipNorms(Tensor x, double ratio) => x * (ratio / NormRatios(x).unsqueeze(1).clamp_min(1e-30)).clamp_max(1);
}
