using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Samples.Extension;
using Lumen.Testing;
using Xunit;

namespace Lumen.Extension.Tests;

public sealed class OutsideDatasetTests(OutsideModel outside) : IClassFixture<OutsideModel>
{
    private static readonly DatasetOptions Options = new() { Formats = [new PairsFormat(), .. DatasetFormats.BuiltIn] };

    [Fact]
    public void A_data_set_of_an_outside_format_is_recognised_augmented_and_verified()
    {
        var (folder, output) = (Write(outside.File("pairs")), outside.File("augmented"));
        var dataset = DatasetFormats.Open(folder, options: Options);
        Assert.Equal(("pairs", "train, val"), (dataset.Format, string.Join(", ", dataset.Splits)));
        Assert.True(DatasetCheck.Run(dataset).IsSound);
        using var model = OutsideModel.Open(outside.Folder);
        using var adapter = LayoutAdapter.Load(Path.Combine(outside.Folder, "controlnet"), model);
        var options = new AugmentationOptions
        {
            Variants = 2,
            HeldOutCheck = HeldOutCheck.Exact,
            Generation = new GenerationOptions { NumInferenceSteps = 1, GuidanceScale = 1 },
        };
        var made = new DatasetAugmentation(new ImageGenerator(model, adapter), PromptMatrix.Single("a street at night", ""), options)
            .RunAsync(dataset, output, stop: TestContext.Current.CancellationToken)
            .ToBlockingEnumerable(TestContext.Current.CancellationToken)
            .Count();
        Assert.Equal(4, made);
        Assert.True(Verification.Run(output, stop: TestContext.Current.CancellationToken).IsSound);

        var augmented = DatasetFormats.Open(output, options: Options);
        Assert.Equal(
            ["images/a.png", "images/a_lumen0.png", "images/a_lumen1.png", "images/b.png", "images/b_lumen0.png", "images/b_lumen1.png"],
            augmented.Items("train").Select(item => item.Picture).Order(StringComparer.Ordinal)
        );
        Assert.Equal(4, augmented.Items("train").Count(item => item.IsGenerated));
        Assert.Equal(["images/c.png"], augmented.Items("val").Select(item => item.Picture));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder, "labels", "a.png")),
            File.ReadAllBytes(Path.Combine(output, "labels", "a_lumen1.png"))
        );
        Assert.Contains("\"format\":\"pairs\"", Settings(output), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_format_the_folder_is_refused_and_names_what_is_known()
    {
        var folder = Write(outside.File("unknown"), "somewhere");
        Assert.Contains("classfolders", Assert.Throws<LumenException>(() => DatasetFormats.Open(folder)).Message, StringComparison.Ordinal);
        var fault = Assert.Throws<LumenException>(() => DatasetFormats.Open(folder, "pears", Options)).Message;
        Assert.Contains("pairs", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_held_out_part_of_an_outside_format_is_known_to_be_held_out()
    {
        var dataset = DatasetFormats.Open(Write(outside.File("guard")), "pairs", Options);
        Assert.Throws<LumenException>(() => TrainingPart.Of(dataset, "val"));
        Assert.Equal("train", TrainingPart.Of(dataset));
    }

    private static string Settings(string output) =>
        File.ReadAllText(Path.Combine(output, "lumen", "augmentation.json")).Replace(" ", "", StringComparison.Ordinal);

    private static string Write(string folder, string pictures = "images")
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            Directory.CreateDirectory(Path.Combine(folder, pictures));
            Directory.CreateDirectory(Path.Combine(folder, "labels"));
            PngWriter.WriteRgb(Path.Combine(folder, pictures, $"{name}.png"), TinyModels.Scene(name[0]));
            PngWriter.WriteGray8(
                Path.Combine(folder, "labels", $"{name}.png"),
                TinyModels.Size,
                TinyModels.Size,
                [.. Enumerable.Range(0, TinyModels.Size * TinyModels.Size).Select(pixel => (byte)(pixel % 3))]
            );
        }
        File.WriteAllText(Path.Combine(folder, "train.pairs"), $"{pictures}/a.png\tlabels/a.png\n{pictures}/b.png\tlabels/b.png\n");
        File.WriteAllText(Path.Combine(folder, "val.pairs"), $"{pictures}/c.png\tlabels/c.png\n");
        return folder;
    }
}
