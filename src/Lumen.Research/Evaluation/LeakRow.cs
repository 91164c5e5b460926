using Lumen.Layouts;
using Lumen.Models.Vision;

namespace Lumen.Research.Evaluation;

/// <summary>One choice of features and what can be read from its layouts.</summary>
/// <param name="Layer">Decoder block or layer, with the facet where there is one.</param>
/// <param name="Timestep">Timestep of the noise; -1 where there is none.</param>
/// <param name="Normalisation">What is taken out of each picture's features.</param>
/// <param name="SubtractPositionMean">Whether the mean of each position is subtracted.</param>
/// <param name="Components">N.</param>
/// <param name="Explained">Share of the variance that the N components keep, 0...1.</param>
/// <param name="Retrieval">Share 0...1 of the asked scenes that are found again, by the nearest layout, from a render of the same layout at
/// another time in other weather: what a perfect generator could reach.</param>
/// <param name="Figures">Accuracies of the probes.</param>
public sealed record LeakRow(
    string Layer,
    int Timestep,
    FeatureNormalisation Normalisation,
    bool SubtractPositionMean,
    int Components,
    double Explained,
    double Retrieval,
    LeakFigures Figures
)
{
    /// <summary>What the features are of: the model's own U-Net, a vision transformer, or what it is compared with.</summary>
    public string Backbone { get; init; } = FeatureSource.StableDiffusion;

    /// <summary>How much variance that light and colour cause counted against a component in the fit.</summary>
    public double AppearancePenalty { get; init; }
}
