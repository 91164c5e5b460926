using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

/// <summary>Small features with structure: a few strong directions, some noise, an offset.</summary>
internal static class Toy
{
    public const int Channels = 12;

    public static FeatureSource Source { get; } = new("toy", new string('a', 64), "up_blocks[1]", 100, Channels, 64);

    /// <summary>[pictures, 12, height, width], float32.</summary>
    public static Tensor Features(ulong seed, int pictures = 6, int height = 7, int width = 9)
    {
        using var scope = NewDisposeScope();
        var random = new RandomStream(seed);
        var mixing = new RandomStream(77).Normal(Channels, 4) * tensor(new[] { 5f, 3f, 2f, 1f });
        var hidden = random.For(1).Normal(pictures * height * width, 4);
        var rows = hidden.mm(mixing.t()) + random.For(2).Normal(pictures * height * width, Channels) * 0.1f + 3;
        return rows.view(pictures, height, width, Channels).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    public static LayoutBasis Fit(BasisOptions options, params Tensor[] batches)
    {
        using var fitter = new BasisFitter(options, Source);
        foreach (var batch in batches)
            fitter.Add(batch);
        return fitter.Fit();
    }

    public static BasisOptions Plain(int components = 4) => new() { Components = components, Normalisation = FeatureNormalisation.None };
}
