using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Samples.Extension;

/// <summary>
/// A backbone that is no vision transformer: one convolution over patches, a GELU, and a mixing layer. Sizes are read off the weights.
/// </summary>
public sealed class GridBackboneType : IBackboneType
{
    // Their names, and ours.
    private static readonly WeightNaming Naming = new("published", "stem.conv.weight", [new("stem.conv", "patch"), new("mix", "head")]);

    /// <inheritdoc/>
    public string Name => "grid";

    /// <inheritdoc/>
    public IReadOnlyList<string> Markers => [Naming.Marker];

    /// <inheritdoc/>
    public Backbone Open(Checkpoint checkpoint, string? config, Placement placement, string? activation, CancellationToken stop = default)
    {
        var kernel = checkpoint.Entries[Naming.Marker].Shape;
        if (kernel is not [> 0, 3, > 0, > 0])
            throw new LumenException($"{checkpoint.Description}: {Naming.Marker} must be [D, 3, p, p].");
        var network = new GridNetwork(kernel[0], kernel[2], placement);
        try
        {
            return new GridBackbone(network, Naming.Load(network, checkpoint, "", Name, stop: stop));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}

/// <summary>The network, opened.</summary>
/// <param name="network">The network; this owns it.</param>
/// <param name="hash">Hash of its weights.</param>
internal sealed class GridBackbone(GridNetwork network, string hash) : Backbone
{
    private const string Layer = "head";

    public override string Family => "grid";

    public override string Name => $"grid-{network.Width}x{network.Patch}";

    public override string WeightsHash => hash;

    public override int NativeSize => (int)network.Patch * 4;

    public override int SizeMultiple => (int)network.Patch;

    public override FeatureSource SourceOf(string? layer = null, string? facet = null, int? imageSize = null)
    {
        if (layer is not (null or Layer) || facet is not null)
            throw new LumenException($"{Name} has one layer, \"{Layer}\", and no facets.");
        return new FeatureSource(Name, hash, Layer, -1, (int)network.Width, imageSize ?? NativeSize);
    }

    public override IFeatureExtractor FeaturesOf(FeatureSource source)
    {
        Require(SourceOf(source.Layer, source.Facet, source.ImageSize), source);
        return new Extractor(network, source);
    }

    public override void Dispose() => network.Dispose();

    private sealed class Extractor(GridNetwork network, FeatureSource source) : IFeatureExtractor
    {
        public FeatureSource Source => source;

        public Tensor Extract(Tensor images, IReadOnlyList<long> items, CancellationToken stop = default)
        {
            stop.ThrowIfCancellationRequested();
            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            var scale = source.ImageSize / (double)Math.Min(images.shape[2], images.shape[3]);
            var fitted = Bicubic.Resize(images, Whole(images.shape[2]), Whole(images.shape[3]), antialias: true);
            return network.call(fitted).to_type(ScalarType.Float32).MoveToOuterDisposeScope(); // [B, D, h, w]

            long Whole(long side) => Math.Max(1, (long)Math.Round(side * scale / network.Patch)) * network.Patch;
        }
    }
}
