using System.Text.Json.Nodes;
using Lumen.Captioning;
using Lumen.Core.Native;
using Lumen.Generation;
using Lumen.Research.Evaluation;
using Lumen.Testing;
using Lumen.Tests.Training;
using Xunit;

namespace Lumen.Tests.Evaluation;

[Collection(TinyModel.Name)]
public sealed class QuickEvaluationTests(TinyModel tiny)
{
    private static readonly QuickEvaluationOptions Few = new()
    {
        References = 8,
        ProbeScenes = 6,
        JudgeScenes = 24,
        Generation = new GenerationOptions { NumInferenceSteps = 2 },
        BatchSize = 3,
        SheetRows = 2,
    };

    [Fact]
    public void The_report_has_every_figure_of_the_bars()
    {
        var report = QuickEvaluation.Run(tiny.Generator, Few, stop: TestContext.Current.CancellationToken);
        var json = JsonNode.Parse(report.ToJson())!["figures"]!.AsObject();
        foreach (var name in (string[])["vae_psnr_db", "layout_retrieval_top1", "prompt_obedience", "cell_accuracy_of_ceiling"])
        {
            Assert.NotNull(json[name]!["bar"]);
            Assert.NotNull(json[name]!["met"]);
        }
        Assert.All(report.Figures, figure => Assert.True(double.IsFinite(figure.Value), figure.Name));
        Assert.InRange(report.Value("layout_agreement"), -1, 1);
        foreach (var look in (string[])["time", "weather", "colour"])
        {
            Assert.InRange((double)json[$"obedience_{look}"]!["value"]!, 0, 1);
            Assert.InRange((double)json[$"obedience_{look}_ceiling"]!["value"]!, 0, 1);
        }
        Assert.DoesNotContain(report.Figures, figure => figure.Name.StartsWith("clip_", StringComparison.Ordinal));
        Assert.True(report.Value("seconds_per_picture_cold") > 0);
        Assert.Equal(report.Figures.Count + 1, report.ToText().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(2, report.Samples.Count);
        Assert.NotNull(report.Sheet());
    }

    [Fact]
    public void The_report_names_every_option_that_is_not_as_usual()
    {
        static (string Setting, JsonObject Generation) Report(QuickEvaluationOptions options, TinyModel tiny)
        {
            var report = QuickEvaluation.Run(tiny.Generator, options, stop: TestContext.Current.CancellationToken);
            return (report.Setting, JsonNode.Parse(report.ToJson())!["generation"]!.AsObject());
        }
        var few = Few with { References = 2, JudgeScenes = 8 };
        var (plain, usual) = Report(few, tiny);
        var (setting, generation) = Report(
            few with
            {
                Generation = few.Generation with
                {
                    GuidanceEnd = 0.5,
                    CacheInterval = 2,
                    VaeTiling = true,
                    Scheduler = "euler",
                    NegativePrompt = "blurred",
                },
            },
            tiny
        );
        Assert.Equal(
            plain.Replace(
                ", N =",
                ", negative_prompt blurred, scheduler euler, guidance_end 0.5, cache_interval 2, vae_tiling true, N =",
                StringComparison.Ordinal
            ),
            setting
        );
        Assert.Equal(2, (int)generation["cache_interval"]!);
        Assert.Equal(0.5, (double)generation["guidance_end"]!);
        Assert.Equal("euler", (string)generation["scheduler"]!);
        Assert.False(usual.ContainsKey("cache_interval"));
    }

    [Fact]
    public void Figures_do_not_depend_on_the_run_or_the_batch_size()
    {
        var first = QuickEvaluation.Run(tiny.Generator, Few);
        var again = QuickEvaluation.Run(tiny.Generator, Few);
        var alone = QuickEvaluation.Run(tiny.Generator, Few with { BatchSize = 1 });
        Assert.Equal(Steady(first), Steady(again));
        Assert.All(Steady(first).Zip(Steady(alone)), pair => Assert.Equal(pair.First.Value, pair.Second.Value, 0.02));
    }

    [Fact]
    public void Figures_do_not_depend_on_how_many_batches_are_made_at_once()
    {
        using var one = new ThreadScope(1);
        var several = new ImageGenerator(tiny.Model, tiny.Generator.Adapter) { Workers = 2 };
        Assert.Equal(Steady(QuickEvaluation.Run(tiny.Generator, Few)), Steady(QuickEvaluation.Run(several, Few)));
    }

    [Fact]
    public void A_clip_is_compared_with_the_classifiers_in_what_its_phrases_ask_about()
    {
        using var folder = new TempFolder();
        TinyModels.WriteClip(folder.Path);
        File.WriteAllText(folder.File("phrases.toml"), "[time]\nphrases = [\"by day\", \"at sunset\", \"at night\"]\n");
        using var evaluator = ObedienceEvaluator.Open(folder.Path);
        var generator = new ImageGenerator(tiny.Model, tiny.Generator.Adapter) { Obedience = evaluator };
        var report = QuickEvaluation.Run(generator, Few, stop: TestContext.Current.CancellationToken);
        Assert.InRange(report.Value("clip_obedience_time"), 0, 1);
        Assert.InRange(report.Value("clip_auroc_time_renders"), 0, 1);
        Assert.DoesNotContain(report.Figures, figure => figure.Name == "clip_obedience_weather");
    }

    [Fact]
    public void The_area_under_the_curve_counts_equal_shares_half()
    {
        Assert.Equal(1, QuickLooks.AreaUnderCurve([0.9, 0.8], [0.1, 0.7]));
        Assert.Equal(0.5, QuickLooks.AreaUnderCurve([0.5, 0.5], [0.5]));
        Assert.Equal(0.875, QuickLooks.AreaUnderCurve([0.9, 0.4], [0.4, 0.3]), 1e-12);
    }

    [Fact]
    public void A_model_without_an_adapter_is_refused()
    {
        var fault = Assert.Throws<LumenException>(() => QuickEvaluation.Run(new ImageGenerator(tiny.Model, null), Few));
        Assert.Contains("`Adapter`", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_refused_together()
    {
        var fault = Assert.Throws<LumenException>(() => QuickEvaluation.Run(tiny.Generator, Few with { References = 1, BatchSize = 0 }));
        Assert.Contains("`References`", fault.Message, StringComparison.Ordinal);
        Assert.Contains("`BatchSize`", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_evaluation_stops()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => QuickEvaluation.Run(tiny.Generator, Few, stop: stop.Token));
    }

    private static IEnumerable<(string Name, double Value)> Steady(QuickReport report) =>
        report.Figures.Where(figure => figure.Unit != "s").Select(figure => (figure.Name, figure.Value)).ToArray();
}
