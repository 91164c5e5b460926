using System.Runtime.Versioning;
using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Augmentation;

public sealed class LinkedDatasetTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    private static readonly AugmentationOptions Few = TinyGenerator.Options with { Variants = 1 };

    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    public void What_lies_outside_is_not_copied_unless_that_is_asked_for(string what)
    {
        using var outside = new TempFolder();
        var root = tiny.Dataset().Root;
        File.WriteAllText(outside.File("secret.txt"), "secret");
        if (what == "file")
            File.CreateSymbolicLink(Path.Combine(root, "notes.txt"), outside.File("secret.txt"));
        else
            Directory.CreateSymbolicLink(Path.Combine(root, "extra"), outside.Path);
        var output = tiny.Fresh();
        var refused = Assert.Throws<LumenException>(() => tiny.Run(DatasetFormats.Open(root), output, Few));
        Assert.Contains("leads out of the data set", refused.Message, StringComparison.Ordinal);
        Assert.Contains("`Links`", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));
        tiny.Run(DatasetFormats.Open(root, options: new DatasetOptions { Links = LinkPolicy.Outside }), output, Few);
        var copy = new FileInfo(Path.Combine(output, what == "file" ? "notes.txt" : "extra/secret.txt"));
        Assert.Equal("secret", File.ReadAllText(copy.FullName));
        Assert.Null(copy.LinkTarget);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [SupportedOSPlatform("linux")]
    public void Copies_and_hard_links_are_of_what_a_link_leads_to(bool isLinked)
    {
        var root = tiny.Dataset().Root;
        var (picture, kept) = (
            Path.Combine(root, DatasetFormats.Open(root).Items("train").First().Picture),
            Path.Combine(root, "kept.png")
        );
        File.Move(picture, kept);
        File.CreateSymbolicLink(picture, kept);
        var output = tiny.Fresh();
        tiny.Run(DatasetFormats.Open(root), output, Few with { HardLinks = isLinked });
        var copy = Path.Combine(output, Path.GetRelativePath(root, picture));
        Assert.Null(new FileInfo(copy).LinkTarget);
        Assert.Equal(File.ReadAllBytes(kept), File.ReadAllBytes(copy));
        Assert.Equal(isLinked, FileFacts.Of(copy)!.Value.Identity == FileFacts.Of(kept)!.Value.Identity);
        Assert.True(Verification.Run(output).IsSound);
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_a_missing_picture_and_costs_only_itself()
    {
        var root = tiny.Dataset().Root;
        var items = DatasetFormats.Open(root).Items("train").ToList();
        File.Delete(Path.Combine(root, items[0].Picture));
        File.CreateSymbolicLink(Path.Combine(root, items[0].Picture), "/nowhere/at/all.png");
        var output = tiny.Fresh();
        var results = tiny.Run(DatasetFormats.Open(root), output, TinyGenerator.Options with { Variants = 1 });
        Assert.Equal(
            $"{items[0].Picture} does not exist. Run lumen data check.",
            Assert.Single(results, result => result.Failure is not null).Failure
        );
        Assert.Equal(items.Count - 1, results.Count(result => result.IsAccepted));
        Assert.False(Path.Exists(Path.Combine(output, items[0].Picture)));
    }

    [Fact]
    public void An_output_inside_the_data_set_is_refused_also_through_a_link()
    {
        var dataset = tiny.Dataset();
        var alias = tiny.Fresh();
        Directory.CreateSymbolicLink(alias, dataset.Root);
        Assert.Contains(
            "lie in one another",
            Assert.Throws<LumenException>(() => tiny.Run(dataset, Path.Combine(alias, "out"), Few)).Message,
            StringComparison.Ordinal
        );
    }
}
