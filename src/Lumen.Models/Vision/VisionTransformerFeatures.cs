using System.Globalization;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>
/// Patch features of a frozen vision transformer. Pictures are brought to the working size - shorter side as
/// <see cref="FeatureSource.ImageSize"/> says, both rounded to whole patches - and normalised here, so the caller need not know the family.
/// Nothing behind the wanted layer is computed.
/// </summary>
public sealed class VisionTransformerFeatures : IFeatureExtractor
{
    private const long MostPatches = 1 << 14; // attention grows with the square
    private const string LayerHead = "blocks[";
    private readonly VisionBackbone _backbone;
    private readonly VisionFacet _facet;
    private readonly int _layer;

    /// <param name="backbone">The opened weights; they stay the caller's.</param>
    /// <param name="source">What is extracted, as <see cref="SourceOf"/> describes it.</param>
    /// <exception cref="LumenException">The source names another backbone; the message names the difference.</exception>
    public VisionTransformerFeatures(VisionBackbone backbone, FeatureSource source)
    {
        backbone.AdoptActivation(source.Activation);
        Backbone.Require(SourceOf(backbone, source.Layer, source.Facet, source.ImageSize), source);
        (_backbone, Source, _layer, _facet) = (backbone, source, LayerOf(backbone, source.Layer), FacetOf(backbone, source.Facet));
    }

    /// <inheritdoc/>
    public FeatureSource Source { get; }

    private VisionTransformerConfig Config => _backbone.Network.Config;

    /// <summary>Describes features of a backbone.</summary>
    /// <param name="backbone">The opened weights.</param>
    /// <param name="layer">Number of the layer from 0, negative from the end, or <c>blocks[11]</c>; null for the family's default.</param>
    /// <param name="facet"><c>token</c>, <c>key</c>, <c>query</c> or <c>value</c>; null for the family's default.</param>
    /// <param name="imageSize">Shorter side of pictures in pixels, a multiple of the patch; null for the size it was trained on.</param>
    /// <exception cref="LumenException">There is no such layer or facet, or the size is not a multiple of the patch.</exception>
    public static FeatureSource SourceOf(VisionBackbone backbone, string? layer = null, string? facet = null, int? imageSize = null)
    {
        var config = backbone.Network.Config;
        var size = imageSize ?? backbone.NativeSize;
        if (size < config.Patch || size % config.Patch != 0)
        {
            var near = Math.Max(1, (int)Math.Round(size / (double)config.Patch)) * config.Patch;
            throw new LumenException(
                LumenErrorKind.Model,
                $"The picture size of {backbone.Weights.Name} must be a multiple of its patch, {config.Patch} pixels, but is "
                    + $"{size}. {near} would do."
            );
        }
        return new FeatureSource(
            backbone.Weights.Name,
            backbone.WeightsHash,
            $"{LayerHead}{LayerOf(backbone, layer)}]",
            -1,
            (int)config.Width,
            size
        )
        {
            Facet = FacetOf(backbone, facet).ToString().ToLowerInvariant(),
            Activation = backbone.Weights.Activation,
        };
    }

    /// <inheritdoc/>
    /// <exception cref="LumenException">The picture is so long that it would have too many patches.</exception>
    public Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default)
    {
        stop.ThrowIfCancellationRequested();
        Shape.Require(images, nameof(images), "[B, 3, H, W]", s => s is [_, 3, > 0, > 0]);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (height, width) = WorkingSize(images.shape[2], images.shape[3]);
        var fitted = images.to(_backbone.Network.Placement.Device).to_type(ScalarType.Float32);
        if (height != images.shape[2] || width != images.shape[3])
            fitted = Bicubic.Resize(fitted, height, width, antialias: true).clamp(-1, 1);
        var family = _backbone.Weights.Family;
        var tokens = _backbone.Network.Facet(family.Normalise(fitted), _layer, _facet); // [B, T, D]
        if (_facet == VisionFacet.Token && family.NormsTokens)
            tokens = _backbone.Network.Norm(tokens);
        var (rows, columns) = (height / Config.Patch, width / Config.Patch);
        var patches = tokens.narrow(1, _backbone.Network.PrefixTokens, rows * columns); // [B, N, D]
        // [B, D, h, w]
        return patches.transpose(1, 2).unflatten(2, [rows, columns]).to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope();
    }

    private (long Height, long Width) WorkingSize(long height, long width)
    {
        var scale = Source.ImageSize / (double)Math.Min(height, width);
        var (rows, columns) = (Patches(height), Patches(width));
        if (rows * columns <= MostPatches)
            return (rows * Config.Patch, columns * Config.Patch);
        throw new LumenException(
            LumenErrorKind.Model,
            $"A picture of {width} x {height} would have {columns} x {rows} patches at a shorter side of {Source.ImageSize} pixels; "
                + $"{MostPatches} in all are the most. Crop the picture."
        );

        long Patches(long side) => Math.Max(1, (long)Math.Round(side * scale / Config.Patch));
    }

    private static int LayerOf(VisionBackbone backbone, string? layer)
    {
        var depth = backbone.Network.Config.Depth;
        var inner =
            layer is not null && layer.StartsWith(LayerHead, StringComparison.Ordinal) && layer.EndsWith(']')
                ? layer[LayerHead.Length..^1]
                : layer;
        var index = backbone.Weights.Family.DefaultLayer;
        if (inner is not null && !int.TryParse(inner, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out index))
            index = int.MaxValue;
        if (index < 0 && (index >= -depth || layer is null))
            index = Math.Max(0, index + depth);
        return index >= 0 && index < depth
            ? index
            : throw new LumenException(
                LumenErrorKind.Model,
                $"The layer \"{layer}\" is not known; {backbone.Weights.Name} has the layers 0 to {depth - 1}, or -{depth} to -1 "
                    + "from the end."
            );
    }

    private static VisionFacet FacetOf(VisionBackbone backbone, string? facet)
    {
        if (facet is null)
            return backbone.Weights.Family.DefaultFacet;
        var found = Enum.GetValues<VisionFacet>()
            .Cast<VisionFacet?>()
            .FirstOrDefault(value => value.ToString()!.Equals(facet, StringComparison.OrdinalIgnoreCase));
        return found
            ?? throw new LumenException(
                LumenErrorKind.Model,
                $"The facet \"{facet}\" is not known; {backbone.Weights.Name} has token, key, query and value."
            );
    }
}
