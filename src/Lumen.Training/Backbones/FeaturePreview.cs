using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>
/// Held-out pictures above the first three principal components of their patch tokens, drawn as RGB at twice the resolution.
/// </summary>
internal static class FeaturePreview
{
    private const int Pictures = 8;
    private const int Shown = 3;

    /// <summary>Writes the sheet.</summary>
    /// <param name="path">PNG file.</param>
    /// <param name="network">The transformer in training.</param>
    /// <param name="family">Its conventions.</param>
    /// <param name="corpus">Where the first pictures are taken from.</param>
    public static void Write(string path, VisionTransformer network, BackboneFamily family, PictureCorpus corpus)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var images = corpus.Batch([.. Enumerable.Range(0, Math.Min(Pictures, corpus.Count))]);
        var side = 2 * network.Config.Grid;
        var pixels = family.Normalise(Bicubic.Resize(images, side * network.Config.Patch, side * network.Config.Patch).clamp(-1, 1));
        var layer = family.DefaultLayer < 0 ? Math.Max(0, network.Config.Depth + family.DefaultLayer) : family.DefaultLayer;
        var tokens = network.Facet(pixels, layer, VisionFacet.Token);
        if (family.NormsTokens)
            tokens = network.Norm(tokens);
        var maps = tokens
            .narrow(1, network.PrefixTokens, (long)side * side)
            .transpose(1, 2)
            .unflatten(2, [side, side])
            .to_type(ScalarType.Float32); // [B, D, h, w]
        var source = new FeatureSource(
            family.Name,
            "in training",
            $"blocks[{layer}]",
            -1,
            (int)network.Config.Width,
            side * network.Config.Patch
        );
        using var fitter = new BasisFitter(
            new BasisOptions { Components = (int)Math.Min(Shown, network.Config.Width), Normalisation = FeatureNormalisation.Standardise },
            source
        );
        fitter.Add(maps);
        using var basis = fitter.Fit();
        var layouts = basis.Project(maps);
        Picture[] drawn =
        [
            .. Enumerable
                .Range(0, (int)images.shape[0])
                .Select(i => LayoutDrawing.Rgb(new NeuralLayout(layouts[i], basis.Hash, source, corpus.Size, corpus.Size))),
        ];
        PngWriter.WriteRgb(path, ContactSheet.Compose([PictureTensor.ToPictures(images), drawn], null, ["picture", "features"]));
    }
}
