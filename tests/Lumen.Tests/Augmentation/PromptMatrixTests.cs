using Lumen.Augmentation;
using Xunit;

namespace Lumen.Tests.Augmentation;

public class PromptMatrixTests
{
    private static readonly PromptEntry[] Domains = [new("night", "at night"), new("fog", "in fog", 2), new("snow", "in snow")];
    private static readonly PromptEntry[] Styles = [new("photo", "a photo"), new("film", "35 mm film")];

    [Fact]
    public void Another_domain_takes_its_share_and_moves_nothing_between_the_others()
    {
        var (old, now) = (new PromptMatrix(Domains, Styles), new PromptMatrix([new("rain", "in rain"), .. Domains.Reverse()], Styles));
        var moved = 0;
        foreach (var item in Enumerable.Range(0, 1000).Select(index => $"images/{index}.png"))
        {
            var (before, after) = (old.Choose(item, 1, null, 3), now.Choose(item, 1, null, 3));
            Assert.Equal(before.Style, after.Style);
            if (after.Domain == "rain")
                moved++;
            else
                Assert.Equal(before, after);
        }
        Assert.InRange(moved, 150, 250); // 1 of 5 by weight
    }

    [Fact]
    public void Shares_follow_the_weights()
    {
        var matrix = new PromptMatrix(Domains);
        var counts = Enumerable
            .Range(0, 4000)
            .GroupBy(index => matrix.Choose($"{index}", 0, null, 1).Domain)
            .ToDictionary(group => group.Key, group => group.Count());
        Assert.InRange(counts["fog"], 1900, 2100);
        Assert.InRange(counts["night"], 900, 1100);
    }

    [Fact]
    public void Picture_number_and_seed_each_draw_anew()
    {
        var matrix = new PromptMatrix(Domains, Styles);
        Assert.Equal(matrix.Choose("a", 0, null, 1), matrix.Choose("a", 0, null, 1));
        Assert.True(Enumerable.Range(0, 50).Select(number => matrix.Choose("a", number, null, 1)).Distinct().Count() > 3);
        Assert.True(Enumerable.Range(0, 50).Select(seed => matrix.Choose("a", 0, null, (ulong)seed)).Distinct().Count() > 3);
    }

    [Theory]
    [InlineData("a street by day, two cars.", "a street, two cars, at night, a photo")]
    [InlineData("By day", "at night, a photo")]
    [InlineData(null, "at night, a photo")]
    [InlineData("a holiday by daylight", "a holiday by daylight, at night, a photo")]
    public void Captions_are_merged_in_without_the_words_that_contradict(string? caption, string prompt)
    {
        var matrix = new PromptMatrix([Domains[0]], [Styles[0]]) { CaptionRemove = ["by day"] };
        Assert.Equal(prompt, matrix.Choose("a", 0, caption, 1).Prompt);
    }

    [Fact]
    public void A_file_says_everything()
    {
        var matrix = PromptMatrixFile.Parse(
            """
            template = "{style} of {caption} {domain}"
            negative = "blur"
            caption_remove = ["by day"]
            [domains]
            night = { prompt = "at night", weight = 2, negative = "sun" }
            "größe 1" = "in fog"
            [styles]
            photo = "a photo"
            """,
            "p.toml"
        );
        Assert.Equal(new PromptEntry("night", "at night", 2, "sun"), matrix.Domains[0]);
        Assert.Equal(new PromptEntry("größe 1", "in fog"), matrix.Domains[1]);
        var choice = Enumerable
            .Range(0, 20)
            .Select(number => matrix.Choose("a", number, "a road by day", 1))
            .First(choice => choice.Domain == "night");
        Assert.Equal(("a photo of a road at night", "blur, sun"), (choice.Prompt, choice.Negative));
    }

    [Theory]
    [InlineData("domains = 3", "must be a table")]
    [InlineData("[styles]\nfilm = \"film\"", "has no domains")]
    [InlineData("[domains]\nnight = 3", "domains.night in p.toml must be words")]
    [InlineData("[domains]\nnight = { weight = 2 }", "domains.night in p.toml has no prompt")]
    [InlineData("[domains]\nnight = { prompt = \"n\", weight = 0 }", "must be above 0")]
    [InlineData("[domains]\nnight = { prompt = \"n\", wait = 2 }", "\"wait\", which is not known")]
    [InlineData("[domain]\nnight = \"n\"", "\"domain\", which is not known")]
    [InlineData("template = \"x\"\n[domains]\nnight = \"n\"", "must contain {domain}")]
    [InlineData("[domains\nnight = \"n\"", "is not TOML")]
    [InlineData("caption_remove = \"x\"\n[domains]\nnight = \"n\"", "must be a list of words")]
    public void What_cannot_be_used_is_refused(string toml, string sentence) =>
        Assert.Contains(
            sentence,
            Assert.Throws<LumenException>(() => PromptMatrixFile.Parse(toml, "p.toml")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_missing_file_is_refused() =>
        Assert.Contains(
            "There is no prompt matrix at nowhere.toml",
            Assert.Throws<LumenException>(() => PromptMatrixFile.Read("nowhere.toml")).Message,
            StringComparison.Ordinal
        );
}
