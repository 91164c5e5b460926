using Lumen.Captioning;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Captioning;

public sealed class ObedienceTests : IDisposable
{
    internal const string Phrases = """
        [time]
        phrases = ["by day", "at night"]
        [time.synonyms]
        "at night" = ["after dark"]
        [weather]
        phrases = ["in fog", "in clear weather", "in snow"]
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_share_of_a_phrase_is_its_softmax_among_its_rivals_and_the_least_of_them_is_the_score()
    {
        using var evaluator = Open();
        using var clip = ClipModel.Open(_folder.File("clip"));
        var (made, reference) = (TinyModels.Scene(3), TinyModels.Scene(4));
        var obedience = evaluator.Of("a street after dark, in snow", made, reference)!;
        Assert.Equal([("time", "at night"), ("weather", "in snow")], obedience.Groups.Select(group => (group.Group, group.Phrase)));
        using var scope = NewDisposeScope();
        foreach (var (group, phrases) in obedience.Groups.Zip(evaluator.Phrases.Groups, (group, own) => (group, own.Phrases)))
        {
            var texts = clip.EmbedTexts([.. phrases.Select(phrase => $"a photo of {phrase}")]);
            double[] Shares(Lumen.Imaging.Picture picture)
            {
                var cosines = texts.mv(clip.EmbedPictures([picture])[0]).data<float>().ToArray();
                var weights = cosines.Select(cosine => Math.Exp(clip.LogitScale * cosine)).ToArray();
                return [.. weights.Select(weight => weight / weights.Sum())];
            }
            var shares = Shares(made);
            var asked = phrases.ToList().IndexOf(group.Phrase);
            Assert.Equal(shares[asked], group.Share, 1e-4);
            Assert.Equal(Shares(reference)[asked], group.Reference!.Value, 1e-4);
            Assert.Equal(phrases[Array.IndexOf(shares, shares.Max())], group.Seen);
        }
        Assert.Equal(obedience.Groups.Min(group => group.Share), obedience.Score);
        Assert.Equal(obedience.Groups.Min(group => group.Reference), obedience.ReferenceScore);
        Assert.Equal(clip.WeightsHash, obedience.ClipSha256);
    }

    [Fact]
    public void What_a_prompt_does_not_name_has_no_figure()
    {
        using var evaluator = Open();
        Assert.Null(evaluator.Of("a street with trees", TinyModels.Scene(0)));
        Assert.False(evaluator.Asks("a street with trees"));
        var group = Assert.Single(evaluator.Of("a street (in fog:1.4)", TinyModels.Scene(0))!.Groups);
        Assert.Equal(("weather", "in fog", (double?)null), (group.Group, group.Phrase, group.Reference));
    }

    [Fact]
    public void Several_phrases_of_a_group_share_the_figure()
    {
        using var evaluator = Open();
        var look = evaluator.Look(TinyModels.Scene(0));
        var both = evaluator.Of("in fog, then in snow", look)!.Groups.Single();
        Assert.Equal("in fog or in snow", both.Phrase);
        Assert.Equal(evaluator.Of("in fog", look)!.Score + evaluator.Of("in snow", look)!.Score, both.Share, 1e-3);
        Assert.Equal(1, evaluator.Of("by day and at night", look)!.Score, 1e-6);
    }

    [Fact]
    public void The_models_own_clip_is_found_none_is_no_fault_and_half_of_one_says_what_is_missing()
    {
        var model = TinyModels.Write(_folder.File("model"));
        Assert.Null(ObedienceEvaluator.ForModel(model));
        TinyModels.WriteClip(Path.Combine(model, "clip"));
        Assert.Null(ObedienceEvaluator.ForModel(model)); // nothing says what to ask
        File.WriteAllText(Path.Combine(model, "clip", "phrases.toml"), Phrases);
        using (var own = ObedienceEvaluator.ForModel(model))
            Assert.Equal(2, own!.Phrases.Groups.Count);
        Assert.Null(ObedienceEvaluator.ForModel(model, clip: "none"));
        TinyModels.WriteClip(_folder.File("bare"));
        var refused = Assert.Throws<LumenException>(() => ObedienceEvaluator.ForModel(model, clip: _folder.File("bare")));
        Assert.Equal(LumenErrorKind.Option, refused.Kind);
        Assert.Contains("There is no phrases.toml", refused.Message, StringComparison.Ordinal);
        Assert.Throws<LumenException>(() => ObedienceEvaluator.ForModel(model, clip: _folder.File("absent")));
    }

    [Fact]
    public void A_figure_comes_back_from_json_and_one_out_of_range_is_refused()
    {
        using var evaluator = Open();
        var obedience = evaluator.Of("a street at night in fog", TinyModels.Scene(1), TinyModels.Scene(2))!;
        var json = ObedienceJson.Of(obedience).ToJsonString();
        var again = ConfigJson.Parse(json, "here", ObedienceJson.Read);
        Assert.Equal(obedience.Groups, again.Groups);
        Assert.Equal(json, ObedienceJson.Of(again).ToJsonString());
        foreach (
            var (wrong, sentence) in new[]
            {
                ("""{"clip_sha256":"0","groups":[{"group":"time","phrase":"at night","share":1.5,"seen":"x"}]}""", "share must be 0 to 1"),
                ("""{"clip_sha256":"0","groups":[]}""", "groups must be a list of one or more objects"),
                ("""{"clip_sha256":"0","groups":[3]}""", "must be a list of objects"),
            }
        )
            Assert.Contains(
                sentence,
                Assert.Throws<LumenException>(() => ConfigJson.Parse(wrong, "here", ObedienceJson.Read)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var evaluator = Open();
        TensorLeak.Check(() => evaluator.Of("a street at night", TinyModels.Scene(0), TinyModels.Scene(1)));
    }

    private ObedienceEvaluator Open()
    {
        TinyModels.WriteClip(_folder.File("clip"));
        File.WriteAllText(_folder.File("clip/phrases.toml"), Phrases);
        return ObedienceEvaluator.Open(_folder.File("clip"));
    }
}
