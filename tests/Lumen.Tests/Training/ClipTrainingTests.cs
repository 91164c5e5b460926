using System.Text.Json.Nodes;
using Lumen.Captioning;
using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Tests.Training.Backbones;
using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Training;

/// <summary><c>lumen train clip</c>: a whole CLIP that reads prompts with a base model's tokenizer.</summary>
public sealed class ClipTrainingTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _model;

    public ClipTrainingTests()
    {
        _model = TinyModels.Write(_folder.File("tiny"));
        File.WriteAllText(
            _folder.File("phrases.toml"),
            """
            [time]
            phrases = ["by day", "at sunset", "at night"]
            [time.synonyms]
            "by day" = ["day", "daylight", "noon", "daytime"]
            "at sunset" = ["sunset", "dusk", "evening"]
            "at night" = ["night", "dark"]
            [never]
            phrases = ["of zebras", "of unicorns"]
            """
        );
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_result_is_a_whole_clip_with_the_bases_tokenizer_that_scores_phrases()
    {
        var trainer = Trainer(Recipe(), "run");
        Assert.True(trainer.Run(stop: TestContext.Current.CancellationToken));
        trainer.Export(_folder.File("run/model"));
        foreach (var name in new[] { "vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(_model, "tokenizer", name)), File.ReadAllBytes(_folder.File($"run/model/{name}")));
        using var evaluator = ObedienceEvaluator.Open(_folder.File("run/model"));
        var obedience = evaluator.Of("a street at night", TinyModels.Scene(0))!;
        Assert.InRange(obedience.Score, 0.0, 1.0);
        var config = JsonNode.Parse(File.ReadAllText(_folder.File("run/model/config.json")))!;
        using var clip = ClipModel.Open(_folder.File("run/model"));
        Assert.Equal(
            (clip.Tokenizer.MaxLength, clip.Tokenizer.VocabularySize),
            ((int)config["text_config"]!["max_position_embeddings"]!, (int)config["text_config"]!["vocab_size"]!)
        );
    }

    [Fact]
    public void Accuracy_is_told_for_groups_that_captions_name()
    {
        var figures = Task(Recipe(), "figures", null).Validate().ToDictionary();
        Assert.InRange(figures["zero_shot_time"], 0, 1);
        Assert.DoesNotContain("zero_shot_never", figures.Keys);
        var without = Task(Recipe() with { Phrases = null }, "plain", null).Validate();
        Assert.DoesNotContain(without, figure => figure.Key.StartsWith("zero_shot", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_goes_on_bit_for_bit_and_not_with_another_tokenizer()
    {
        var whole = Trainer(Recipe(), "whole");
        Assert.True(whole.Run(stop: TestContext.Current.CancellationToken));
        var first = Trainer(Recipe(), "halved");
        for (var step = 0; step < 2; step++)
            first.Step();
        new TrainingCheckpoints(_folder.File("halved")).Save(first.Store, 1);
        var resumed = new Trainer(Task(Recipe(), "halved", "latest"), Recipe().Training, _folder.File("halved"));
        Assert.Equal(2, resumed.Resume("latest"));
        for (var step = 2; step < 4; step++)
            resumed.Step();
        Assert.Equal(whole.Store.Fingerprint(), resumed.Store.Fingerprint());

        File.AppendAllText(Path.Combine(_model, "tokenizer", "special_tokens_map.json"), " ");
        var refused = Assert.Throws<LumenException>(() => Task(Recipe(), "whole", "latest"));
        Assert.Contains("base model, tokenizer is ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_of_another_family_is_refused()
    {
        var recipe = TinyBackbones.Recipe("dino") with { Kind = "clip" };
        Assert.Contains(
            "trained with the family \"clip\"",
            Assert.Throws<LumenException>(() => Task(recipe, "dino", null)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_preview_shows_held_out_pictures()
    {
        Task(Recipe(), "preview", null).Preview(_folder.File("preview.png"));
        Assert.True(Lumen.Imaging.PictureReader.Read(_folder.File("preview.png")).Height > 2 * TinyBackbones.Size);
    }

    private Recipe Recipe() => TinyBackbones.Recipe("clip") with { Kind = "clip", Phrases = _folder.File("phrases.toml") };

    private Trainer Trainer(Recipe recipe, string name) => new(Task(recipe, name, null), recipe.Training, _folder.File(name));

    private ITrainingTask Task(Recipe recipe, string name, string? checkpoint) =>
        new TrainingTaskFactory(Placement.Reference, _folder.File("cache"), _folder.File(name)) { ResumeFrom = checkpoint }.Clip(
            recipe,
            _model
        );
}
