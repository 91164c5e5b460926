using Lumen.Augmentation;
using Lumen.Captioning;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Captioning;
using Xunit;

namespace Lumen.Tests.Augmentation;

/// <summary>Augmentations whose pictures a CLIP looks at.</summary>
public sealed class ObedienceAugmentationTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Fact]
    public void Every_picture_has_its_figure_in_manifest_file_and_report_and_is_made_again_without_a_clip()
    {
        using var evaluator = Evaluator();
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        Run(evaluator, TinyGenerator.Options, output, dataset);
        var entries = Manifest.Read(output);
        Assert.All(entries, entry => Assert.Equal(entry.Domain == "night" ? "time" : "weather", entry.Obedience!.Groups.Single().Group));
        Assert.All(entries, entry => Assert.NotNull(entry.Obedience!.ReferenceScore));
        var first = entries[0];
        var own = evaluator.Of(first.Prompt, PictureReader.Read(dataset.FullPath(first.Source)))!;
        Assert.Equal(own.Score, first.Obedience!.ReferenceScore!.Value, 1e-3);
        Assert.Equal(first.Obedience.Groups, GenerationRecord.OfFile(Path.Combine(output, first.Item!))!.Obedience!.Groups);
        var again = tiny.Fresh() + ".png";
        Assert.True(Reproduction.Run(tiny.Generator, first, dataset, again, stop: TestContext.Current.CancellationToken));
        Assert.True(Verification.Run(output).IsSound);

        var report = AugmentationReport.Of(output);
        Assert.Equal(
            entries.Where(entry => entry.Domain == "fog").Average(entry => entry.Obedience!.Score),
            report.Rows.Single(row => row.Domain == "fog").Obedience!.Value,
            1e-9
        );
        Assert.Contains("obedience", report.ToText(), StringComparison.Ordinal);
        Assert.NotNull(report.ToJson()["prompts"]![0]!["lowest_obedience"]);
    }

    [Fact]
    public void Pictures_do_not_depend_on_the_clip_and_folders_without_one_look_as_before()
    {
        using var evaluator = Evaluator();
        var (dataset, with, without) = (tiny.Dataset(), tiny.Fresh(), tiny.Fresh());
        Run(evaluator, TinyGenerator.Options, with, dataset);
        tiny.Run(dataset, without);
        foreach (var (a, b) in Manifest.Read(with).Zip(Manifest.Read(without)))
            Assert.Equal(PictureReader.Read(Path.Combine(with, a.Item!)).Rgb, PictureReader.Read(Path.Combine(without, b.Item!)).Rgb);
        Assert.DoesNotContain("obedience", File.ReadAllText(Path.Combine(without, "manifest.jsonl")), StringComparison.Ordinal);
        Assert.DoesNotContain("obedience", AugmentationReport.Of(without).ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_obey_is_tried_again_and_rejected_and_prompts_without_phrases_pass()
    {
        using var evaluator = Evaluator();
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        var limit = TinyGenerator.Options with { MinObedience = 1, Retries = 1 }; // a tiny CLIP is never as sure
        var results = Run(evaluator, limit, output, dataset);
        Assert.All(results, result => Assert.Equal("rejected", result.Entry!.LeftOut));
        Assert.Contains(results, result => result.Entry!.Attempt == 1);
        Assert.Equal((true, null, 1.0), AugmentationOptions.BegunWith(output));
        var fault = Assert.Throws<LumenException>(() => Run(evaluator, limit with { MinObedience = 0.5 }, output, dataset));
        Assert.Contains("min_obedience was 1 and is 0.5", fault.Message, StringComparison.Ordinal);

        var silent = Run(evaluator, limit, tiny.Fresh(), dataset, PromptMatrix.Single("a street"));
        Assert.All(silent, result => Assert.True(result is { IsAccepted: true, Entry.Obedience: null }));
    }

    [Fact]
    public void A_limit_without_a_clip_or_out_of_range_is_refused()
    {
        var limit = TinyGenerator.Options with { MinObedience = 0.5 };
        var refused = Assert.Throws<LumenException>(() => tiny.Run(tiny.Dataset(), tiny.Fresh(), limit));
        Assert.Contains("`MinObedience` needs a CLIP", refused.Message, StringComparison.Ordinal);
        Assert.Throws<LumenException>((limit with { MinObedience = 1.1 }).Validate);
    }

    [Theory]
    [InlineData("""{"groups":[],"clip_sha256":"0"}""")]
    [InlineData("""{"groups":[{"group":"a","phrase":"b","share":2,"seen":"b"}],"clip_sha256":"0"}""")]
    public void A_figure_that_cannot_be_is_a_fault_of_the_manifest(string obedience)
    {
        var entry = ManifestEntry.FromJson(
            $$"""{"format":"lumen-augmentation-1","source":"a","split":"train","item":"b.png","obedience":{{obedience}}}""",
            "here"
        );
        Assert.Contains(AugmentationBounds.FaultsOf(entry), fault => fault.Contains("obedience", StringComparison.Ordinal));
    }

    private ObedienceEvaluator Evaluator()
    {
        var clip = TinyModels.WriteClip(tiny.Fresh());
        File.WriteAllText(Path.Combine(clip, "phrases.toml"), ObedienceTests.Phrases);
        return ObedienceEvaluator.Open(clip);
    }

    private IReadOnlyList<AugmentationResult> Run(
        ObedienceEvaluator evaluator,
        AugmentationOptions options,
        string output,
        Lumen.Datasets.Dataset dataset,
        PromptMatrix? prompts = null
    )
    {
        var generator = new ImageGenerator(tiny.Generator.Model, tiny.Generator.Adapter) { Obedience = evaluator };
        return
        [
            .. new DatasetAugmentation(generator, prompts ?? TinyGenerator.Prompts, options)
                .RunAsync(dataset, output)
                .ToBlockingEnumerable(TestContext.Current.CancellationToken),
        ];
    }
}
