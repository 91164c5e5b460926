using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Facade;

/// <summary>What a pipeline tells of its model, before anything is computed.</summary>
public sealed class PipelineFactsTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    [Fact]
    public async Task It_names_samplers_layouts_and_the_words_that_the_model_has_seen()
    {
        await using var pipeline = await tiny.Open(stop: TestContext.Current.CancellationToken);
        Assert.Contains("ddim", pipeline.Samplers);
        Assert.Superset(new HashSet<string>(["street", "night", "fog", "clear"]), pipeline.KnownWords.ToHashSet());
        var facts = pipeline.LayoutFacts!;
        Assert.Equal(facts.Components, facts.ExplainedVariance.Count);
        Assert.InRange(facts.ExplainedVariance.Sum(), 0.01, 1.0001);
    }

    [Fact]
    public async Task With_a_clip_pictures_say_how_far_they_obey_and_without_one_nothing()
    {
        var stop = TestContext.Current.CancellationToken;
        var clip = TinyModels.WriteClip(tiny.Fresh("clip"));
        File.WriteAllText(Path.Combine(clip, "phrases.toml"), "[time]\nphrases = [\"by day\", \"at night\"]\n");
        await using var pipeline = await tiny.Open(TinyPipeline.Options with { Clip = clip }, stop);
        Assert.Equal("time", Assert.Single(pipeline.ObediencePhrases!.Groups).Name);
        var request = new LumenRequest("a street at night") { Reference = TinyPipeline.Reference };
        var made = Assert.Single(await TinyPipeline.All(pipeline.GenerateAsync(request, TinyPipeline.Quick, stop: stop)));
        var asked = await pipeline.ObedienceAsync(made.Picture, "a street at night", TinyPipeline.Reference, stop);
        Assert.Equal(asked!.Groups, made.Obedience!.Groups);
        Assert.NotNull(made.Obedience.ReferenceScore);
        Assert.Equal(made.Obedience.Groups, GenerationRecord.Parse(made.Record.ToJson().ToJsonString(), "here").Obedience!.Groups);
        Assert.Null(await pipeline.ObedienceAsync(made.Picture, "a street", stop: stop));

        await using var plain = await tiny.Open(stop: stop);
        Assert.Null(plain.ObediencePhrases);
        Assert.Null(await plain.ObedienceAsync(made.Picture, "a street at night", stop: stop));
        var same = Assert.Single(await TinyPipeline.All(plain.GenerateAsync(request, TinyPipeline.Quick, stop: stop)));
        Assert.Null(same.Obedience);
        Assert.Equal(made.Picture.Rgb, same.Picture.Rgb);
    }

    [Fact]
    public async Task It_warns_of_prompts_that_will_not_do_what_they_mean()
    {
        await using var pipeline = await tiny.Open(stop: TestContext.Current.CancellationToken);
        Assert.Empty(pipeline.PromptWarnings("a street at night"));
        Assert.Contains("zebra", Assert.Single(pipeline.PromptWarnings("a zebra at night")), StringComparison.Ordinal);
        Assert.Contains(
            pipeline.PromptWarnings(string.Join(' ', Enumerable.Repeat("street", 40))),
            warning => warning.Contains("not used", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Single_components_are_drawn_as_the_strip_draws_them()
    {
        await using var pipeline = await tiny.Open(stop: TestContext.Current.CancellationToken);
        using var layout = await pipeline.ExtractLayoutAsync(TinyPipeline.Reference, TestContext.Current.CancellationToken);
        var drawn = LayoutDrawing.Component(layout, 1);
        Assert.Equal((layout.ImageWidth, layout.ImageHeight), (drawn.Width, drawn.Height));
        Assert.Throws<ArgumentOutOfRangeException>(() => LayoutDrawing.Component(layout, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LayoutDrawing.Component(layout, layout.Components + 1));
        Assert.IsType<bool>(await pipeline.IsForeignAsync(Picture.Filled(40, 30, 1, 2, 3), TestContext.Current.CancellationToken));
    }
}
