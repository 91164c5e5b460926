using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Scenes;

namespace Lumen.Research.Evaluation;

/// <summary>Which features the leak study compares, and on how many scenes.</summary>
public sealed record LeakStudyOptions
{
    /// <summary>Decoder blocks (of a diffusion model).</summary>
    public IReadOnlyList<string> Layers { get; init; } = ["up_blocks[1]", "up_blocks[2]"];

    /// <summary>Timesteps, 0...999 (of a diffusion model).</summary>
    public IReadOnlyList<int> Timesteps { get; init; } = [50, 100, 200];

    /// <summary>What is taken out of each picture's features.</summary>
    public IReadOnlyList<FeatureNormalisation> Normalisations { get; init; } =
    [FeatureNormalisation.None, FeatureNormalisation.Centre, FeatureNormalisation.Standardise];

    /// <summary>Whether the mean of each position is subtracted.</summary>
    public IReadOnlyList<bool> SubtractPositionMeans { get; init; } = [false, true];

    /// <summary>Number of components that stands for all there are: the features themselves, turned.</summary>
    public const int AllComponents = int.MaxValue;

    /// <summary>Appearance penalties of the fit; see <see cref="BasisOptions.AppearancePenalty"/>.</summary>
    public IReadOnlyList<double> AppearancePenalties { get; init; } = [0, 2];

    /// <summary>Numbers of components; <see cref="AllComponents"/> for as many as the features have channels.</summary>
    public IReadOnlyList<int> Components { get; init; } = [8, 20];

    /// <summary>Training scenes that bases are fitted to.</summary>
    public int FitScenes { get; init; } = 300;

    /// <summary>Validation scenes that probes are fitted to.</summary>
    public int ProbeScenes { get; init; } = 150;

    /// <summary>Further validation scenes that probes are asked about.</summary>
    public int AskedScenes { get; init; } = 75;

    /// <summary>Seed of the scenes.</summary>
    public ulong SceneSeed { get; init; } = 1;

    /// <summary>How much the scenes show: as much as those that the model was trained on.</summary>
    public SceneDetail SceneDetail { get; init; }

    /// <summary>Pictures at once.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>How probes are fitted; null for the defaults of each kind.</summary>
    public ProbeOptions? Probes { get; init; }

    /// <summary>Refuses an empty list or count.</summary>
    /// <exception cref="LumenException">Something to compare is missing.</exception>
    public void Validate()
    {
        if (
            Layers.Count == 0
            || Timesteps.Count == 0
            || Normalisations.Count == 0
            || SubtractPositionMeans.Count == 0
            || AppearancePenalties.Count == 0
            || Components.Count == 0
        )
            throw new LumenException(
                "The leak study needs at least one layer, one timestep, one normalisation, one treatment of positions, one appearance "
                    + "penalty and one number of components."
            );
        if (FitScenes < 1 || ProbeScenes < 1 || AskedScenes < 1 || BatchSize < 1)
            throw new LumenException(
                $"The leak study needs at least one scene of each kind and a batch of at least 1, but has {FitScenes}, "
                    + $"{ProbeScenes}, {AskedScenes} scenes and a batch of {BatchSize}."
            );
    }
}

/// <summary>One kind of features that a leak study looks at.</summary>
/// <param name="Backbone">What they are of, as the table says it.</param>
/// <param name="Extractor">Gives them.</param>
public sealed record LeakSubject(string Backbone, IFeatureExtractor Extractor)
{
    /// <summary>Layer, and facet where there is one.</summary>
    public string Layer => Extractor.Source.Facet is { } facet ? $"{Extractor.Source.Layer} {facet}" : Extractor.Source.Layer;
}
