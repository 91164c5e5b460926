using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>The pixels of each patch as its features: what a backbone has to beat.</summary>
public sealed class PixelFeatures : IFeatureExtractor
{
    private readonly int _patch;
    private readonly int _side;

    /// <param name="patch">Side of a patch in pixels.</param>
    /// <param name="side">Side in pixels that pictures are brought to, a multiple of the patch.</param>
    public PixelFeatures(int patch, int side)
    {
        (_patch, _side) = (patch, side);
        Source = new FeatureSource("pixels", "none", $"{patch}x{patch}", -1, 3 * patch * patch, side);
    }

    /// <inheritdoc/>
    public FeatureSource Source { get; }

    /// <inheritdoc/>
    public Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default)
    {
        Shape.Require(images, nameof(images), "[B, 3, S, S]", s => s is [_, 3, var h, var w] && h == w);
        using var scope = NewDisposeScope();
        var fitted =
            images.shape[2] == _side
                ? images.to_type(ScalarType.Float32)
                : Bicubic.Resize(images.to_type(ScalarType.Float32), _side, _side, antialias: true).clamp(-1, 1);
        var grid = _side / _patch;
        var blocks = fitted.view(-1, 3, grid, _patch, grid, _patch).permute(0, 1, 3, 5, 2, 4); // [B, 3, p, p, h, w]
        return blocks.reshape(-1, Source.Channels, grid, grid).MoveToOuterDisposeScope();
    }
}
