using Lumen.Core.Tensors;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>The leak test (docs/method.md): how well class, time of day and weather can be read from one cell of a layout.</summary>
public static class LeakProbe
{
    private static readonly int Times = Enum.GetValues<TimeOfDay>().Length;
    private static readonly int Weathers = Enum.GetValues<Weather>().Length;

    /// <summary>Fits probes to the cells of some scenes and asks them about the cells of others.</summary>
    /// <param name="fit">Layouts to learn from, [n, N, h, w] float32, with their scenes.</param>
    /// <param name="test">Layouts to be asked about, [m, N, h, w] float32, with their scenes.</param>
    /// <param name="options">How probes are fitted; null for the defaults of each kind.</param>
    public static LeakFigures Measure(
        (Tensor Layouts, IReadOnlyList<EvaluationScene> Scenes) fit,
        (Tensor Layouts, IReadOnlyList<EvaluationScene> Scenes) test,
        ProbeOptions? options = null
    )
    {
        Require(fit.Layouts, fit.Scenes, nameof(fit));
        Require(test.Layouts, test.Scenes, nameof(test));
        using var scope = NewDisposeScope();
        var (learned, asked) = (FeatureCells.Rows(fit.Layouts), FeatureCells.Rows(test.Layouts)); // [n·h·w, N]
        var (height, width) = (fit.Layouts.shape[2], fit.Layouts.shape[3]);
        Tensor Class(IReadOnlyList<EvaluationScene> scenes) => FeatureCells.Classes(scenes, height, width);
        Tensor Time(IReadOnlyList<EvaluationScene> scenes) =>
            FeatureCells.Property(scenes, appearance => (int)appearance.Time, height * width);
        Tensor Weather(IReadOnlyList<EvaluationScene> scenes) =>
            FeatureCells.Property(scenes, appearance => (int)appearance.Weather, height * width);
        return new LeakFigures(
            Linear(Class, SceneClasses.Count),
            Linear(Time, Times),
            Nonlinear(Time, Times),
            Linear(Weather, Weathers),
            Nonlinear(Weather, Weathers)
        );

        double Linear(Func<IReadOnlyList<EvaluationScene>, Tensor> property, int count)
        {
            using var probe = LinearProbe.Fit(learned, property(fit.Scenes), count, options);
            return probe.Accuracy(asked, property(test.Scenes));
        }

        double Nonlinear(Func<IReadOnlyList<EvaluationScene>, Tensor> property, int count)
        {
            using var probe = MlpProbe.Fit(learned, property(fit.Scenes), count, options);
            return probe.Accuracy(asked, property(test.Scenes));
        }
    }

    private static void Require(Tensor layouts, IReadOnlyList<EvaluationScene> scenes, string name) =>
        Shape.Require(layouts, name, $"[{scenes.Count}, N, h, w], one map for each scene", s => s.Length == 4 && s[0] == scenes.Count);
}
