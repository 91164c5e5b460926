using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Data;
using Lumen.Training;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Training;

public sealed class VariantPicturesTests : IDisposable
{
    private readonly PairFolder _pairs = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _pairs.Dispose();

    private FolderPictures Listed => FolderPictures.List(_pairs.Data.Pictures!);

    private string Trained => Listed.Train[0].Name;

    [Fact]
    public void Only_variants_of_training_pictures_are_paired_and_the_others_are_counted()
    {
        var found = List();
        Assert.Equal(16, found.Pictures.Count);
        Assert.All(found.Pictures, variant => Assert.Contains(variant.Of!, Listed.Train));
        Assert.Equal(
            "looks: 16 variants of 8 of the 8 training pictures; left out: 4 of pictures that are not trained on",
            found.Description
        );
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Variants_of_less_agreement_and_those_that_were_rejected_are_not_used()
    {
        var found = List(0.8);
        Assert.Equal(8, found.Pictures.Count);
        Assert.Contains("left out: 8 with an agreement below 0.8, 4 of pictures", found.Description, StringComparison.Ordinal);
        _pairs.Change(_pairs.Entry(Trained, 0) with { Item = null, LeftOut = "rejected" });
        _pairs.Write();
        Assert.Equal(7, List(0.8).Pictures.Count);
        Assert.NotEqual(found.Fingerprint, List(0.8).Fingerprint);
    }

    [Fact]
    public void Variants_of_a_picture_that_has_changed_are_left_out_with_a_warning()
    {
        PngWriter.WriteRgb(_pairs.Photo(Trained), PhotoFolder.Places(40, 40, 1));
        var found = List();
        Assert.DoesNotContain(found.Pictures, variant => variant.Of!.Name == Trained);
        Assert.Contains("2 of pictures that have changed since", found.Description, StringComparison.Ordinal);
        Assert.Contains($"2 of the 16 variants in {_pairs.Augmented}", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Contains($"the first of {Trained}", _warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_can_be_paired_the_reasons_are_said()
    {
        var fault = Assert.Throws<LumenException>(() => List(0.95));
        Assert.Contains("16 with an agreement below 0.95, 4 of pictures that are not trained on", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("of these very pictures, or lower min_agreement.", fault.Message, StringComparison.Ordinal);
        foreach (var picture in Listed.Train)
            PngWriter.WriteRgb(_pairs.Photo(picture.Name), PhotoFolder.Places(40, 40, 1));
        fault = Assert.Throws<LumenException>(() => List());
        Assert.Contains("16 of pictures that have changed since", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_all_variants_were_rejected_that_is_said()
    {
        foreach (var picture in Listed.Train.Concat(Listed.HeldOut))
        foreach (var number in new[] { 0, 1 })
            _pairs.Change(_pairs.Entry(picture.Name, number) with { Item = null, LeftOut = "rejected" });
        _pairs.Write();
        var fault = Assert.Throws<LumenException>(() => List());
        Assert.Contains("left out: 20 that were rejected", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("with a lower `MinAgreement`.", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "is missing")]
    [InlineData(false, "is another file than its manifest records")]
    public void A_variant_that_is_missing_or_another_file_is_refused_by_name(bool isMissing, string what)
    {
        var path = _pairs.Variant(_pairs.Entry(Trained, 1).Item!);
        if (isMissing)
            File.Delete(path);
        else
            PngWriter.WriteRgb(path, PhotoFolder.Places(40, 40, 1));
        var fault = Assert.Throws<LumenException>(() => List());
        Assert.Contains($"{path} {what}", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"lumen verify {_pairs.Augmented}", fault.Message, StringComparison.Ordinal);
        Assert.Equal(8, List(0.8).Pictures.Count); // it is not asked for
    }

    [Fact]
    public void A_manifest_does_not_lead_out_of_its_folder()
    {
        _pairs.Change(_pairs.Entry(Trained, 0) with { Item = "../photos/" + Trained });
        _pairs.Write();
        Assert.Contains("outside the data set", Assert.Throws<LumenException>(() => List()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_are_read_from_a_recipe_file()
    {
        using var folder = new TempFolder();
        Assert.Equal(new RecipePairs { Folder = "looks" }, Read("""{ "folder": "looks" }"""));
        Assert.Equal((0.3, 0.7), (Read("""{ "folder": "looks" }""").Share, Read("""{ "folder": "looks" }""").MinAgreement));
        Assert.Equal(
            new RecipePairs
            {
                Folder = "looks",
                Share = 0.5,
                MinAgreement = 0.85,
            },
            Read("""{ "folder": "looks", "share": 0.5, "min_agreement": 0.85 }""")
        );
        Assert.Equal(new RecipePairs { Share = 0.5 }, Read("""{ "share": 0.5 }""")); // the folder is left to --pairs
        Assert.Contains(
            "chance",
            Assert.Throws<LumenException>(() => Read("""{ "folder": "a", "chance": 1 }""")).Message,
            StringComparison.Ordinal
        );

        RecipePairs Read(string pairs)
        {
            File.WriteAllText(folder.File("recipe.json"), $$"""{ "kind": "adapter", "layout": { "pairs": {{pairs}} } }""");
            return Recipe.Read(folder.File("recipe.json")).Layout.Pairs!;
        }
    }

    private VariantPictures List(double agreement = 0.7) =>
        VariantPictures.List(
            new RecipePairs { Folder = _pairs.Augmented, MinAgreement = agreement },
            Listed,
            _warnings.Add,
            TestContext.Current.CancellationToken
        );
}
