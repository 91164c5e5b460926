using Lumen.Models.Text;
using Lumen.Scenes;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Models.Text;

public sealed class ClipVocabularyTests
{
    private static readonly string[] Captions =
    [
        "A street at night in fog, two red cars and a lamp post.",
        "A street at sunset in rain, one blue car.",
        "A snowy street by day with 3 people and tall buildings.",
    ];

    [Fact]
    public void Every_word_of_the_corpus_is_one_token()
    {
        using var folder = new TempFolder();
        var size = ClipVocabulary.Write(folder.Path, Captions);
        var tokenizer = ClipTokenizer.Load(folder.Path);
        Assert.Equal(size, tokenizer.VocabularySize);
        Assert.Equal(
            2 + "a street at night in fog , two red cars and a lamp post .".Split(' ').Length,
            tokenizer.Encode(Captions[0]).Count
        );
        Assert.Equal(2 + 3, tokenizer.Encode("Sunset buildings 3").Count);
    }

    [Fact]
    public void Words_that_the_captions_do_not_hold_are_named_once_each()
    {
        using var folder = new TempFolder();
        ClipVocabulary.Write(folder.Path, Captions);
        var tokenizer = ClipTokenizer.Load(folder.Path);
        Assert.Equal(
            ["cathedral", "noir", "雪"],
            tokenizer.UnknownWords("A cathedral at NIGHT in fog, film noir? film, cathedral 雪!").Where(word => word != "film")
        );
        Assert.Empty(tokenizer.UnknownWords("Two RED cars, 3 people."));
        Assert.Empty(ClipTokenizer.Load(Path.Combine(Golden.Folder("sd/pipeline"), "tokenizer")).UnknownWords("a zxqwv cathedral"));
    }

    [Fact]
    public void The_built_in_models_vocabulary_holds_every_word_of_its_captions()
    {
        var tokenizer = ClipTokenizer.Load(Path.Combine(Golden.Repository, "models", "street-tiny", "tokenizer"));
        for (var index = 0; index < 200; index++)
        {
            var seeds = SceneSeeds.For(SceneSplit.Train, index, 1);
            Assert.Empty(
                tokenizer.UnknownWords(
                    StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), 32, 32).Caption
                )
            );
        }
        Assert.Equal(["cathedral", "jungle"], tokenizer.UnknownWords("a cathedral in the jungle at night"));
    }

    [Fact]
    public void The_special_tokens_stand_last_and_pad_as_in_stable_diffusion_1()
    {
        using var folder = new TempFolder();
        var size = ClipVocabulary.Write(folder.Path, Captions);
        var tokenizer = ClipTokenizer.Load(folder.Path);
        Assert.Equal(
            (size - 2, size - 1, size - 1, 77),
            (tokenizer.StartOfTextId, tokenizer.EndOfTextId, tokenizer.PadId, tokenizer.MaxLength)
        );
    }

    [Theory]
    [InlineData("zebra crossing 雪 😀")]
    [InlineData("été")]
    public void Words_outside_the_corpus_are_spelled(string text)
    {
        using var folder = new TempFolder();
        ClipVocabulary.Write(folder.Path, Captions);
        var tokenizer = ClipTokenizer.Load(folder.Path);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text).Ids));
    }

    [Fact]
    public void The_order_of_the_captions_does_not_matter()
    {
        using var first = new TempFolder();
        using var second = new TempFolder();
        ClipVocabulary.Write(first.Path, Captions);
        ClipVocabulary.Write(second.Path, Captions.Reverse());
        foreach (var file in Directory.GetFiles(first.Path))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(second.File(Path.GetFileName(file))));
        Assert.Equal(4, Directory.GetFiles(second.Path).Length);
    }

    [Fact]
    public void The_first_512_ids_are_those_of_the_published_vocabulary()
    {
        using var folder = new TempFolder();
        ClipVocabulary.Write(folder.Path, Captions);
        var ours = Head(folder.File("vocab.json"));
        Assert.Equal(512, ours.Length);
        Assert.Equal(Head(Golden.Path("sd/pipeline/tokenizer/vocab.json")), ours);
    }

    [Fact]
    public void The_merges_stop_at_the_limit()
    {
        using var folder = new TempFolder();
        Assert.Equal(512 + 5 + 2, ClipVocabulary.Write(folder.Path, Captions, maxMerges: 5));
        Assert.Equal(2 + 3, ClipTokenizer.Load(folder.Path).Encode("fog").Count);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_named()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("taken"), "a file");
        Assert.Contains(
            "taken",
            Assert.Throws<LumenException>(() => ClipVocabulary.Write(folder.File("taken"), Captions)).Message,
            StringComparison.Ordinal
        );
    }

    private static string[] Head(string path)
    {
        var entries = System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(path))!;
        return [.. entries.Where(entry => entry.Value < 512).OrderBy(entry => entry.Value).Select(entry => entry.Key)];
    }
}
