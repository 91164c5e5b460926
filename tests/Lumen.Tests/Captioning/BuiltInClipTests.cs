using Lumen.Captioning;
using Lumen.Imaging;
using Lumen.Research.Evaluation;
using Lumen.Scenes;
using Lumen.Testing;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Captioning;

/// <summary>The CLIP that comes with the built-in model.</summary>
public sealed class BuiltInClipTests
{
    private const int Streets = 60;
    private static readonly string Model = Path.Combine(Golden.Repository, "models", "street-tiny");

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("special_tokens_map.json")]
    [InlineData("tokenizer_config.json")]
    public void It_reads_the_words_that_the_model_reads(string file) =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(Model, "tokenizer", file)), File.ReadAllBytes(Path.Combine(Model, "clip", file)));

    [Fact]
    public void It_is_small() => Assert.InRange(new FileInfo(Path.Combine(Model, "clip", "model.safetensors")).Length, 1, 6_000_000);

    [Fact]
    public void It_sees_time_weather_and_houses_of_streets_that_it_was_not_trained_on()
    {
        using var evaluator = ObedienceEvaluator.ForModel(Model)!;
        var right = new Dictionary<string, int>();
        var scenes = EvaluationScene.Render(new SceneSelection(SceneSplit.Test, Streets, Seed: 5), TestContext.Current.CancellationToken);
        foreach (var scene in scenes)
        foreach (var group in evaluator.Of(QuickPrompts.Described(scene.Appearance), scene.Picture)!.Groups)
            right[group.Group] = right.GetValueOrDefault(group.Group) + (group.Seen == group.Phrase ? 1 : 0);
        Assert.InRange(right["time"], 58, Streets);
        Assert.InRange(right["weather"], 56, Streets);
        Assert.InRange(right["colour"], 50, Streets); // by night and in fog the colour of houses is hardly seen
    }

    [Fact]
    public void Every_caption_of_the_street_world_that_names_a_look_names_it_in_its_phrases()
    {
        var book = PhraseBookFile.Read(Path.Combine(Model, "clip", "phrases.toml"));
        for (var index = 0; index < 150; index++)
        {
            var seeds = SceneSeeds.For(SceneSplit.Train, index, 9);
            var appearance = SceneAppearance.FromSeed(seeds.Appearance);
            var scene = StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), appearance, 16, 16);
            var asked = QuickPrompts.Described(appearance);
            foreach (var group in book.Groups)
            {
                var named = group.NamedIn(scene.Caption);
                Assert.True(
                    named.Count == 0 || named.SequenceEqual(group.NamedIn(asked)),
                    $"\"{scene.Caption}\" names {string.Join(", ", named.Select(i => group.Phrases[i]))}, but it is {asked}"
                );
            }
        }
    }
}
