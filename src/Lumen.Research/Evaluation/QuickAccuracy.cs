using Lumen.Layouts;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>
/// Are the right things in the right places? A linear probe learns the class of a cell (the majority of its pixels) from features of other
/// held-out real renders; it is then asked about the results, against the labels of their references. The ceiling is the same probe on the
/// references themselves; the floor is what the results score against the labels of another reference, because any street has its sky above
/// and its road below.
/// </summary>
internal sealed class QuickAccuracy
{
    private readonly QuickGeneration _run;
    private readonly LayoutBasis _basis;
    private readonly Tensor _features; // [n, C, h, w] of the probe's scenes
    private readonly Tensor _classes; // [n·h·w]
    private readonly Tensor _wanted; // [references·h·w]

    public QuickAccuracy(QuickGeneration run, IReadOnlyList<EvaluationScene> probeScenes)
    {
        _run = run;
        _basis = run.Generator.Adapter!.Basis;
        _features = run.Features([.. probeScenes.Select(scene => scene.Picture)], "features for the class probe");
        _classes = FeatureCells.Classes(probeScenes, _features.shape[2], _features.shape[3]);
        _wanted = FeatureCells.Classes(run.Scenes, _features.shape[2], _features.shape[3]);
    }

    /// <summary>With the N components of the layouts as features.</summary>
    public (double Results, double Ceiling, double Floor) OfComponents() =>
        Measure(_basis.Project(_features), _run.ResultLayouts, _run.ReferenceLayouts);

    /// <summary>With all channels of the backbone's block, standardised per picture: sees more than the adapter was given.</summary>
    public (double Results, double Ceiling, double Floor) OfChannels() =>
        Measure(
            FeatureCells.Standardised(_features),
            FeatureCells.Standardised(_run.ResultFeatures),
            FeatureCells.Standardised(_run.ReferenceFeatures)
        );

    private (double Results, double Ceiling, double Floor) Measure(Tensor probe, Tensor results, Tensor references)
    {
        _run.Stop.ThrowIfCancellationRequested();
        using var fitted = LinearProbe.Fit(FeatureCells.Rows(probe), _classes, SceneClasses.Count);
        using var others = _wanted.roll(_wanted.shape[0] / _run.Scenes.Count, 0); // the labels of the reference before
        var cells = FeatureCells.Rows(results);
        return (fitted.Accuracy(cells, _wanted), fitted.Accuracy(FeatureCells.Rows(references), _wanted), fitted.Accuracy(cells, others));
    }
}
