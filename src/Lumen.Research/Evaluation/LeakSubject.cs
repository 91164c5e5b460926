using Lumen.Models.Vision;

namespace Lumen.Research.Evaluation;

/// <summary>One kind of features that a leak study looks at.</summary>
/// <param name="Backbone">What they are of, as the table says it.</param>
/// <param name="Extractor">Gives them.</param>
public sealed record LeakSubject(string Backbone, IFeatureExtractor Extractor)
{
    /// <summary>Layer, and facet where there is one.</summary>
    public string Layer => Extractor.Source.Facet is { } facet ? $"{Extractor.Source.Layer} {facet}" : Extractor.Source.Layer;
}
