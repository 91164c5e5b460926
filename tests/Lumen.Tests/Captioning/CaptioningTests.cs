using Lumen.Augmentation;
using Lumen.Captioning;
using Lumen.Datasets;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Captioning;

public sealed class CaptioningTests : IDisposable
{
    private static readonly PhraseBook Book = new()
    {
        Groups = [new PhraseGroup("time", ["by day", "at night"]), new PhraseGroup("weather", ["in fog", "in clear weather", "street"])],
    };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_phrase_with_the_largest_softmax_is_chosen_and_said_where_it_reaches_the_threshold()
    {
        using var clip = ClipModel.Open(TinyModels.WriteClip(_folder.Path));
        var picture = TinyModels.Scene(3);
        using var scope = NewDisposeScope();
        foreach (var group in Book.Groups)
        {
            var texts = clip.EmbedTexts([.. group.Phrases.Select(phrase => $"a photo of {phrase}")]);
            var cosines = texts.mv(clip.EmbedPictures([picture])[0]).data<float>().ToArray();
            var weights = cosines.Select(cosine => Math.Exp(clip.LogitScale * cosine)).ToArray();
            var best = Array.IndexOf(weights, weights.Max());
            var share = weights[best] / weights.Sum();
            foreach (var (threshold, said) in new[] { (share - 0.01, true), (share + 0.01, false) })
            {
                var book = new PhraseBook { Groups = [group with { Threshold = Math.Min(1, threshold), None = "somewhere" }] };
                using var captioner = new ZeroShotCaptioner(clip, book);
                var caption = captioner.Caption([picture]).Single();
                Assert.Equal((group.Phrases[best], said), (caption.Choices[0].Phrase, caption.Choices[0].StandsOut));
                Assert.Equal(share, caption.Choices[0].Share, 1e-4);
                Assert.Equal(said ? group.Phrases[best] : "somewhere", caption.Text);
            }
        }
    }

    [Theory]
    [InlineData(null, "a street", "at night", "", "a street at night")]
    [InlineData("a photo of {place} {time}, {weather}", "a street", "at night", "in fog", "a photo of a street at night, in fog")]
    [InlineData("a photo of {place} {time}, {weather}", "a street", "", "", "a photo of a street")]
    [InlineData("{time}, {place}", "a street", "", "", "a street")]
    [InlineData("{weather}", "a street", "", "", "")]
    public void Templates_leave_nothing_behind_where_a_group_says_nothing(
        string? template,
        string place,
        string time,
        string weather,
        string expected
    ) => Assert.Equal(expected, CaptionTemplate.Fill(template, [("place", place), ("time", time), ("weather", weather)]));

    [Fact]
    public void All_faults_of_phrases_are_named_together()
    {
        var book = new PhraseBook
        {
            Groups = [new PhraseGroup("time", ["by day"]) { Threshold = 2, Prompts = ["a photo"] }],
            Template = "{weather}",
        };
        var refused = Assert.Throws<LumenException>(book.Validate);
        Assert.Contains("the group time has 1 phrases", refused.Message, StringComparison.Ordinal);
        Assert.Contains("must be 0 to 1 but is 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("must hold {}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("names {weather}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Phrases_are_read_from_toml()
    {
        var book = PhraseBookFile.Parse(
            """
            template = "a photo of {place} {time}"
            [place]
            phrases = ["a street", "a room"]
            prompts = ["a photo of {}", "{}"]
            [time]
            phrases = ["by day", "at night"]
            threshold = 0.7
            none = "at some time"
            """,
            "phrases.toml"
        );
        book.Validate();
        Assert.Equal("a photo of {place} {time}", book.Template);
        Assert.Equal(["place", "time"], book.Groups.Select(group => group.Name));
        Assert.Equal(["a photo of {}", "{}"], book.Groups[0].Prompts);
        Assert.Equal((0.7, "at some time"), (book.Groups[1].Threshold, book.Groups[1].None));
    }

    [Theory]
    [InlineData("[time]\nphrase = [\"a\", \"b\"]", "has the entry \"phrase\", which is not known")]
    [InlineData("[time]\nthreshold = 0.5", "[time] in p.toml has no phrases")]
    [InlineData("[time]\nphrases = \"a\"", "must be a list of words")]
    [InlineData("time = 3", "must be a table [time]")]
    [InlineData("[time", "p.toml is not TOML")]
    public void Phrases_that_cannot_be_used_are_named(string toml, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<LumenException>(() => PhraseBookFile.Parse(toml, "p.toml")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Synonyms_are_read_from_toml_and_those_of_no_phrase_are_refused()
    {
        const string Toml = """
            [time]
            phrases = ["by day", "at night"]
            [time.synonyms]
            "at night" = ["after dark", "night"]
            """;
        var group = PhraseBookFile.Parse(Toml, "p.toml").Groups.Single();
        Assert.Equal(["after dark", "night"], group.Synonyms["at night"]);
        var book = PhraseBookFile.Parse(Toml.Replace("\"at night\" =", "\"at dawn\" =", StringComparison.Ordinal), "p.toml");
        Assert.Contains(
            "synonyms of \"at dawn\", which is none of its phrases",
            Assert.Throws<LumenException>(book.Validate).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "synonyms of [time] in p.toml must be a table",
            Assert.Throws<LumenException>(() => PhraseBookFile.Parse("[time]\nphrases = [\"a\"]\nsynonyms = 3", "p.toml")).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("A Street, AT NIGHT", "1")]
    [InlineData("a street after dark", "1")]
    [InlineData("a knight on a fortnight's holiday", "")]
    [InlineData("a street by day or at night", "0,1")]
    [InlineData("a street at  night. By day it sleeps", "0,1")]
    [InlineData("a street", "")]
    [InlineData("", "")]
    [InlineData("a night light by a day bed", "1,2")]
    public void Phrases_are_found_as_whole_words_and_the_longer_one_counts(string text, string expected)
    {
        var group = new PhraseGroup("time", ["by day", "at night", "by a day bed"])
        {
            Synonyms = new Dictionary<string, IReadOnlyList<string>> { ["by day"] = ["day"], ["at night"] = ["after dark", "night"] },
        };
        Assert.Equal(expected, string.Join(',', group.NamedIn(text)));
    }

    [Fact]
    public void A_plain_folder_gets_a_list_and_its_captions_are_found_again()
    {
        var tiny = new TinyDatasets(_folder.Path);
        tiny.Picture("sub/a.png");
        tiny.Picture("ü.png");
        tiny.Picture("told.png");
        tiny.Text("told.txt", "a red car");
        var folder = DatasetFormats.OpenPictures(_folder.Path);
        var written = CaptionFiles.Write(
            folder,
            folder.Items().ToDictionary(item => item.Picture, item => $"of \"{item.Picture}\"", StringComparer.Ordinal)
        );
        Assert.Equal(2, written);
        var again = DatasetFormats.OpenPictures(_folder.Path);
        Assert.Equal(
            ["of \"sub/a.png\"", "of \"ü.png\""],
            again.Items().Where(item => item.Picture != "told.png").Select(again.CaptionOf).Order(StringComparer.Ordinal)
        );
        Assert.Equal("a red car", again.CaptionOf(again.Items().Single(item => item.Picture == "told.png")));
        Assert.Equal("a red car\n".Trim(), File.ReadAllText(_folder.File("told.txt")));
    }

    [Fact]
    public void An_imagefolder_keeps_every_line_that_has_a_caption()
    {
        var tiny = new TinyDatasets(_folder.Path);
        tiny.Picture("p0.png");
        tiny.Picture("p1.png");
        tiny.Picture("p2.png");
        const string Told = """{"file_name":   "p0.png", "text": "as it is", "mood": "calm"}""";
        tiny.Text(
            "metadata.jsonl",
            Told + "\n{\"file_name\": \"p1.png\", \"caption\": \"\", \"width\": 20}\n{\"file_name\": \"./p2.png\"}\n"
        );
        var folder = DatasetFormats.Open(_folder.Path);
        Assert.Equal(["p1.png", "p2.png"], FolderCaptioning.Uncaptioned(folder).Select(item => item.Picture));
        Assert.Equal(2, CaptionFiles.Write(folder, All(folder)));
        Assert.Equal(
            [Told, """{"file_name":"p1.png","caption":"new","width":20}""", """{"file_name":"./p2.png","text":"new"}"""],
            File.ReadAllLines(_folder.File("metadata.jsonl"))
        );
        Assert.Equal(0, CaptionFiles.Write(DatasetFormats.Open(_folder.Path), All(folder)));
    }

    [Theory]
    [InlineData("voc")]
    [InlineData("camvid")]
    [InlineData("ade20k")]
    [InlineData("folders")]
    public void Another_format_keeps_its_layout_and_gets_text_files(string format)
    {
        new TinyDatasets(_folder.Path).Write(format);
        var folder = DatasetFormats.Open(_folder.Path);
        var items = folder.Items().ToList();
        var silent = FolderCaptioning.Uncaptioned(folder).Select(item => item.Picture).ToHashSet(); // ADE20K names the scene of one
        Assert.True(silent.Count >= items.Count - 1);
        Assert.Equal(silent.Count, CaptionFiles.Write(folder, All(folder)));
        var again = DatasetFormats.Open(_folder.Path);
        Assert.Equal(folder.Format, again.Format);
        Assert.Equal(
            items.Select(item => (item.Picture, item.Labels.Count)),
            again.Items().Select(item => (item.Picture, item.Labels.Count))
        );
        Assert.All(again.Items().Where(item => silent.Contains(item.Picture)), item => Assert.Equal("new", again.CaptionOf(item)));
    }

    [Fact]
    public void A_file_of_boxes_of_the_pictures_name_is_left_alone()
    {
        var tiny = new TinyDatasets(_folder.Path);
        tiny.Picture("images/a.png");
        tiny.Ids("labels/a.png");
        tiny.Text("images/a.txt", "0 0.5 0.5 0.1 0.1\n");
        var folder = DatasetFormats.Open(_folder.Path);
        Assert.Equal(1, CaptionFiles.Write(folder, All(folder)));
        Assert.Equal("0 0.5 0.5 0.1 0.1\n", File.ReadAllText(_folder.File("images/a.txt")));
        Assert.Equal("new", DatasetFormats.Open(_folder.Path) is var again ? again.CaptionOf(again.Items().Single()) : null);
    }

    [Fact]
    public void Classes_are_named_by_area_without_what_is_too_small()
    {
        var tiny = new TinyDatasets(_folder.Path);
        tiny.Picture("images/a.png");
        tiny.Ids("labels/a.png", 2); // two rows of twelve, the rest is 0
        tiny.Text("classes.txt", "Road_Surface\nsky\nbuilding\n");
        var folder = DatasetFormats.Open(_folder.Path);
        var item = folder.Items().Single();
        Assert.Equal(["road surface", "building"], ClassNames.Of(folder, item));
        Assert.Equal(["road surface"], ClassNames.Of(folder, item, leastShare: 0.2));
        var captioning = new FolderCaptioning(
            null,
            null,
            new FolderCaptioningOptions { FromClasses = true, Template = "a photo of {classes}" }
        );
        Assert.Equal("a photo of road surface and building", captioning.Of(folder).Single().Caption);
    }

    private static Dictionary<string, string> All(Dataset folder) =>
        folder.Items().ToDictionary(item => item.Picture, _ => "new", StringComparer.Ordinal);
}
