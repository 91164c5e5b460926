using Lumen.Data;
using Lumen.Generation;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Evaluation;

/// <summary>
/// Compares choices of features by the leak test: bases are fitted to training scenes without labels; probes learn from validation scenes and are asked about other
/// validation scenes, so that deciding by the table does not touch the test split. Deterministic.
/// </summary>
public static class LeakStudy
{
    private const int FitBatch = 32;

    /// <summary>Runs the study.</summary>
    /// <param name="model">The frozen base.</param>
    /// <param name="options">What to compare.</param>
    /// <param name="progress">Told of every choice.</param>
    /// <param name="stop">Stops between batches and choices.</param>
    /// <exception cref="Lumen.Core.LumenException">A layer does not exist or has fewer channels than components are asked for.</exception>
    public static LeakTable Run(DiffusionModel model, LeakStudyOptions? options = null, IProgress<EvaluationProgress>? progress = null, CancellationToken stop = default)
    {
        options ??= new LeakStudyOptions();
        options.Validate();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var fit = Scenes(SceneSplit.Train, options.FitScenes, 0);
        var probe = Scenes(SceneSplit.Validation, options.ProbeScenes, 0);
        var asking = Scenes(SceneSplit.Validation, options.AskedScenes, options.ProbeScenes);
        var rows = new List<LeakRow>();
        var total = options.Layers.Count * options.Timesteps.Count * options.Normalisations.Count * options.Components.Count;
        foreach (var (layer, timestep) in options.Layers.SelectMany(layer => options.Timesteps.Select(timestep => (layer, timestep))))
        {
            using var one = NewDisposeScope();
            var source = new FeatureSource("stable-diffusion", model.WeightsHash, layer, timestep, StableDiffusionFeatures.ChannelsOf(model.UNet.Config, layer), model.NativeSize);
            var extractor = LayoutAdapter.FeaturesOf(model, source);
            var (toFit, toLearn, toAsk) = (Features(extractor, fit), Features(extractor, probe), Features(extractor, asking));
            foreach (var normalisation in options.Normalisations)
            {
                using var basis = Fit(source, toFit, new BasisOptions { Components = options.Components.Max(), Normalisation = normalisation });
                using var learned = basis.Project(toLearn);
                using var asked = basis.Project(toAsk);
                foreach (var components in options.Components)
                {
                    stop.ThrowIfCancellationRequested();
                    // Components are nested: the first N of a larger basis are the basis of N.
                    var figures = LeakProbe.Measure((learned.narrow(1, 0, components), probe), (asked.narrow(1, 0, components), asking), options.Probes);
                    rows.Add(new LeakRow(layer, timestep, normalisation, components, basis.Principal.ExplainedVarianceRatio.Take(components).Sum(), figures));
                    progress?.Report(new EvaluationProgress("leak study", rows.Count, total));
                }
            }
        }
        return new LeakTable(rows);

        IReadOnlyList<EvaluationScene> Scenes(SceneSplit split, int count, int first) =>
            EvaluationScene.Render(new SceneSelection(split, count, options.SceneSeed, model.NativeSize, first), stop);

        Tensor Features(IFeatureExtractor extractor, IReadOnlyList<EvaluationScene> scenes) =>
            FeatureCells.Extract(extractor, [.. scenes.Select(scene => scene.Picture)], options.BatchSize, _ => { }, stop);
    }

    private static LayoutBasis Fit(FeatureSource source, Tensor features, BasisOptions options)
    {
        using var fitter = new BasisFitter(options, source);
        foreach (var batch in features.split(FitBatch)) fitter.Add(batch);
        return fitter.Fit();
    }
}
