using Lumen.Augmentation;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Augmentation;

public sealed class ManifestTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Lines_come_back_as_they_were()
    {
        var entry = Entry("ä \"b\".png", 1) with
        {
            Item = "x.png",
            Generated = true,
            Labels = [new ManifestFile("l.png", "00", "from.png")],
            Model = new ManifestWeights("m", "11"),
            Seed = (1UL << 53) - 1,
            Agreement = 0.25,
            Licences = new Dictionary<string, string> { ["data"] = "CC BY 4.0" },
            KeepClasses = ["car"],
            Obedience = new Lumen.Captioning.PromptObedience(
                [new("time", "at night", 0.9, 0.1, "at night"), new("weather", "in fog", 0.25, null, "in snow")],
                "ab"
            ),
        };
        var again = ManifestEntry.FromJson(entry.ToJson(), "here");
        Assert.Equal(entry.ToJson(), again.ToJson());
        Assert.DoesNotContain('\n', entry.ToJson());
        Assert.Contains("\"generated\":true", entry.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_a_crash_cut_short_is_cut_off_before_the_next_one()
    {
        Write((1, 1), Entry("a", 0), Entry("b", 0));
        File.AppendAllText(_folder.File("manifest.jsonl"), """{"format":"lumen-augm""");
        Assert.Equal(["a", "b"], Manifest.Read(_folder.Path).Select(entry => entry.Source));
        Write((1, 1), Entry("c", 0));
        Assert.Equal(["a", "b", "c"], Manifest.Read(_folder.Path).Select(entry => entry.Source));
        Assert.Equal(3, File.ReadAllLines(_folder.File("manifest.jsonl")).Length);
    }

    [Fact]
    public void Shards_are_read_together_and_the_later_line_of_a_picture_counts()
    {
        Write((1, 2), Entry("a", 0), Entry("a", 1));
        Write((2, 2), Entry("b", 0));
        Write((1, 2), Entry("a", 0) with { Prompt = "new" });
        Assert.Equal(
            [("a", 0, "new"), ("a", 1, ""), ("b", 0, "")],
            Manifest.Read(_folder.Path).Select(entry => (entry.Source, entry.Variant, entry.Prompt))
        );
    }

    [Fact]
    public void A_manifest_can_be_read_while_it_is_written()
    {
        using var manifest = Manifest.Append(_folder.Path, (1, 1));
        manifest.Add(Entry("a", 0));
        Assert.Single(Manifest.Read(_folder.Path));
        manifest.Add(Entry("b", 0));
        Assert.Equal(2, Manifest.Read(_folder.Path).Count);
    }

    [Theory]
    [InlineData("nonsense", "line 1 is not valid JSON")]
    [InlineData("""{"format":"other","source":"a","split":"train"}""", "is not of the format")]
    public void A_line_of_something_else_is_refused(string line, string sentence)
    {
        File.WriteAllText(_folder.File("manifest.jsonl"), line + "\n");
        Assert.Contains(sentence, Assert.Throws<LumenException>(() => Manifest.Read(_folder.Path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static ManifestEntry Entry(string source, int variant) =>
        new()
        {
            Source = source,
            Variant = variant,
            Split = "train",
        };

    private void Write((int, int) shard, params ManifestEntry[] entries)
    {
        using var manifest = Manifest.Append(_folder.Path, shard);
        foreach (var entry in entries)
            manifest.Add(entry);
    }
}
