using Lumen.Layouts;
using Lumen.Research.Evaluation;
using Lumen.Scenes;
using Lumen.Tests.Training;
using Lumen.Training.Data;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Evaluation;

[Collection(TinyModel.Name)]
public sealed class LeakTests(TinyModel tiny)
{
    private static readonly ProbeOptions Quick = new() { MinimumSteps = 150, Epochs = 1 };
    private static readonly IReadOnlyList<EvaluationScene> Fit = EvaluationScene.Render(
        new SceneSelection(SceneSplit.Validation, 60, Size: 16)
    );
    private static readonly IReadOnlyList<EvaluationScene> Asked = EvaluationScene.Render(
        new SceneSelection(SceneSplit.Validation, 60, Size: 16, First: 60)
    );

    [Fact]
    public void A_layout_of_nothing_but_classes_tells_the_class_alone()
    {
        using var scope = NewDisposeScope();
        var figures = LeakProbe.Measure((Classes(Fit), Fit), (Classes(Asked), Asked), Quick);
        Assert.True(figures.Class > 0.98, $"{figures}");
        Assert.InRange(figures.TimeLinear, 0.15, 0.55);
        Assert.InRange(figures.WeatherNonlinear, 0.1, 0.5);
    }

    [Fact]
    public void A_layout_of_nothing_but_the_time_of_day_leaks_it()
    {
        using var scope = NewDisposeScope();
        var figures = LeakProbe.Measure((Times(Fit), Fit), (Times(Asked), Asked), Quick);
        Assert.Equal(1, figures.TimeLinear);
        Assert.Equal(1, figures.TimeNonlinear);
        Assert.True(figures.Score < figures.Class - 0.45);
    }

    [Fact]
    public void The_study_has_a_row_for_every_choice_and_repeats_itself()
    {
        var options = new LeakStudyOptions
        {
            Layers = ["up_blocks[0]", "up_blocks[1]"],
            Timesteps = [100],
            Normalisations = [FeatureNormalisation.Standardise],
            SubtractPositionMeans = [false, true],
            AppearancePenalties = [0, 1],
            Components = [2, 5],
            FitScenes = 6,
            ProbeScenes = 4,
            AskedScenes = 3,
            Probes = new ProbeOptions { Epochs = 1, MinimumSteps = 5 },
        };
        var table = LeakStudy.Run(tiny.Model, options);
        Assert.Equal(16, table.Rows.Count);
        Assert.Equal(table.Rows, LeakStudy.Run(tiny.Model, options).Rows);
        Assert.All(table.Rows, row => Assert.InRange(row.Explained, 0, 1 + 1e-9));
        Assert.All(table.Rows, row => Assert.InRange(row.Retrieval, 0, 1));
        Assert.NotEqual(table.Rows[0].Figures, table.Rows[4].Figures); // positions kept, positions subtracted
        Assert.NotEqual(table.Rows[1].Figures, table.Rows[3].Figures); // plain, penalised
        Assert.Equal(18, table.ToText().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains(table.Best, table.Rows);
    }

    [Fact]
    public void A_layer_that_does_not_exist_is_refused()
    {
        var fault = Assert.Throws<LumenException>(() =>
            LeakStudy.Run(
                tiny.Model,
                new LeakStudyOptions
                {
                    Layers = ["up_blocks[9]"],
                    FitScenes = 1,
                    ProbeScenes = 1,
                    AskedScenes = 1,
                }
            )
        );
        Assert.Contains("up_blocks[9]", fault.Message, StringComparison.Ordinal);
    }

    // [n, classes, 4, 4]
    private static Tensor Classes(IReadOnlyList<EvaluationScene> scenes) =>
        nn
            .functional.one_hot(FeatureCells.Classes(scenes, 4, 4), SceneClasses.Count)
            .view(scenes.Count, 4, 4, SceneClasses.Count)
            .permute(0, 3, 1, 2)
            .to_type(ScalarType.Float32);

    // [n, 3, 4, 4]
    private static Tensor Times(IReadOnlyList<EvaluationScene> scenes) =>
        nn
            .functional.one_hot(FeatureCells.Property(scenes, appearance => (int)appearance.Time, 16), 3)
            .view(scenes.Count, 4, 4, 3)
            .permute(0, 3, 1, 2)
            .to_type(ScalarType.Float32);
}
