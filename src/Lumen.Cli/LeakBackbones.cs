using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Vision;
using Lumen.Research.Evaluation;

namespace Lumen.Cli;

/// <summary>
/// Vision transformers that <c>lumen evaluate leak</c> compares, each beside the same network untrained, and beside the pixels of its
/// patches.
/// </summary>
internal sealed class LeakBackbones : IDisposable
{
    private const ulong UntrainedSeed = 1;
    private readonly List<Backbone> _opened = [];

    private LeakBackbones() { }

    public List<LeakSubject> Subjects { get; } = [];

    /// <param name="paths">Weights.</param>
    /// <param name="what">Layers of each, and facets of each layer; null for the family's usual one.</param>
    /// <param name="resolution">Shorter side that pictures are brought to; null for what each was trained on.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <param name="registry">The backbones that the weights may be of.</param>
    public static LeakBackbones Open(
        IReadOnlyList<string> paths,
        (IReadOnlyList<string?> Layers, IReadOnlyList<string?> Facets) what,
        int? resolution,
        Placement placement,
        LumenRegistry registry
    )
    {
        var all = new LeakBackbones();
        try
        {
            foreach (var path in paths)
                all.Add(VisionBackboneFile.Open(ModelOptions.Located(path)!, placement, registry: registry), what, resolution);
            foreach (var (patch, side) in all._opened.Select(one => (one.SizeMultiple, resolution ?? one.NativeSize)).Distinct())
                all.Subjects.Add(new LeakSubject("pixels", new PixelFeatures(patch, side)));
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var backbone in _opened)
            backbone.Dispose();
    }

    private void Add(Backbone backbone, (IReadOnlyList<string?> Layers, IReadOnlyList<string?> Facets) what, int? resolution)
    {
        _opened.Add(backbone);
        List<(Backbone Network, string Name)> compared = [(backbone, backbone.Name)];
        if (backbone.Untrained(new RandomStream(UntrainedSeed)) is { } untrained)
        {
            _opened.Add(untrained);
            compared.Add((untrained, $"{backbone.Name}, untrained"));
        }
        foreach (var (network, name) in compared)
        {
            foreach (var (layer, facet) in what.Layers.SelectMany(layer => what.Facets.Select(facet => (layer, facet))))
                Subjects.Add(new LeakSubject(name, network.FeaturesOf(network.SourceOf(layer, facet, resolution))));
        }
    }
}
