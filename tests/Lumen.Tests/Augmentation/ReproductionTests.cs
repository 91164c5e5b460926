using Lumen.Augmentation;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Augmentation;

public sealed class ReproductionTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Theory]
    [InlineData("folders")]
    [InlineData("voc")]
    public void A_picture_is_made_again_byte_for_byte(string format)
    {
        var (dataset, output) = (tiny.Dataset(format), tiny.Fresh());
        tiny.Run(
            dataset,
            output,
            TinyGenerator.Options with
            {
                MinAgreement = -1,
                Generation = new GenerationOptions { NumInferenceSteps = 2, NegativePrompt = "" },
            }
        );
        foreach (var item in Manifest.Read(output).Select(entry => entry.Item!))
        {
            var (folder, entry) = Reproduction.Find(Path.Combine(output, item));
            var again = tiny.Fresh() + Path.GetExtension(item);
            Assert.True(
                Reproduction.Run(tiny.Generator, entry, DatasetFormats.Open(folder), again, stop: TestContext.Current.CancellationToken)
            );
            Assert.Equal(File.ReadAllBytes(Path.Combine(output, item)), File.ReadAllBytes(again));
        }
    }

    [Fact]
    public void Another_model_or_a_changed_source_is_refused_with_the_difference()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { Limit = 1, Variants = 1 });
        var entry = Assert.Single(Manifest.Read(output));
        var other = TinyModels.Write(tiny.Fresh(), seed: 5);
        using var model = DiffusionModel.Load(other, Placement.Reference);
        using var adapter = LayoutAdapter.Load(Path.Combine(other, "controlnet"), model);
        var error = Assert.Throws<LumenException>(() =>
            Reproduction.Run(new ImageGenerator(model, adapter), entry, dataset, tiny.Fresh() + ".png")
        );
        Assert.Contains("the model's weights was", error.Message, StringComparison.Ordinal);
        File.AppendAllText(dataset.FullPath(entry.Source), " ");
        Assert.Contains(
            "the source's file was",
            Assert.Throws<LumenException>(() => Reproduction.Run(tiny.Generator, entry, dataset, tiny.Fresh() + ".png")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_picture_without_a_manifest_is_refused()
    {
        using var folder = new TempFolder();
        Assert.Contains(
            "no manifest.jsonl in a folder above",
            Assert.Throws<LumenException>(() => Reproduction.Find(folder.File("a.png"))).Message,
            StringComparison.Ordinal
        );
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { Limit = 1 });
        Assert.Contains(
            "does not name images/x.png",
            Assert.Throws<LumenException>(() => Reproduction.Find(Path.Combine(output, "images", "x.png"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Verification_names_what_is_missing_and_what_was_changed()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { Limit = 2, Variants = 1 });
        // each: picture, two labels, map, and three originals; settings and record of originals
        Assert.Equal((2, 16), ((int)Verification.Run(output).Items, (int)Verification.Run(output).Files));
        var entries = Manifest.Read(output);
        File.Delete(Path.Combine(output, entries[0].Item!));
        File.AppendAllText(Path.Combine(output, entries[1].Labels[0].File), " ");
        File.AppendAllText(Path.Combine(output, entries[1].Source), " ");
        Assert.Equal(3, Verification.Run(output).Faults.Count);
        Assert.Contains(Verification.Run(output).Faults, fault => fault == $"{entries[0].Item} is missing.");
        using var empty = new TempFolder();
        Assert.Contains(
            "nothing to verify",
            Assert.Throws<LumenException>(() => Verification.Run(empty.Path)).Message,
            StringComparison.Ordinal
        );
    }
}
