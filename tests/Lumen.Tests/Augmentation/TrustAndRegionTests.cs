using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Augmentation;

public sealed class TrustAndRegionTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Fact]
    public void Distrusted_pixels_are_ignored_in_extra_labels_and_the_copies_stay_whole()
    {
        var (dataset, output) = (tiny.Dataset("nyuv2"), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { IgnoreBelow = 1, Limit = 1, Variants = 1 });
        var entry = Assert.Single(Manifest.Read(output));
        Assert.Equal(
            [
                "confidence/images/train/straße train 0_lumen0.png",
                "trusted/depth/train/straße train 0_lumen0.png",
                "trusted/labels/train/straße train 0_lumen0.png",
            ],
            entry.Extras.Select(extra => extra.File)
        );
        Assert.All(PngReader.ReadGray16(Path.Combine(output, entry.Extras[1].File)).Values, value => Assert.Equal(0, value));
        Assert.All(PngReader.ReadIds(Path.Combine(output, entry.Extras[2].File)).Ids, value => Assert.Equal(255, value));
        Assert.All(
            entry.Labels,
            label => Assert.Equal(File.ReadAllBytes(dataset.FullPath(label.Source!)), File.ReadAllBytes(Path.Combine(output, label.File)))
        );
        Assert.Empty(DatasetCheck.Run(DatasetFormats.Open(output)).Faults);
    }

    [Theory]
    [InlineData("cityscapes", "labelIds", 0)]
    [InlineData("cityscapes", "labelTrainIds", 255)]
    [InlineData("cityscapes", "instanceIds", 0)]
    [InlineData("voc", "SegmentationClass", 255)]
    [InlineData("ade20k", "annotations", 0)]
    [InlineData("camvid", "labels", 11)]
    [InlineData("kitti", "groundtruth", 0)]
    [InlineData("coco", "panoptic", 0)]
    [InlineData("imagefolder", "labels", 255)]
    public void Distrusted_pixels_get_the_value_that_counts_for_nothing_in_their_format(string format, string role, int value)
    {
        var (dataset, output) = (tiny.Dataset(format), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { IgnoreBelow = 1, Limit = 1, Variants = 1, Confidence = false });
        var entry = Assert.Single(Manifest.Read(output));
        var label = dataset
            .Items(entry.Split)
            .First(item => item.Picture == entry.Source)
            .Labels.First(label => label.Role.EndsWith(role, StringComparison.Ordinal));
        var (copy, masked) = (
            Path.Combine(output, dataset.VariantName(label.Name, 0)),
            Path.Combine(output, "trusted", dataset.VariantName(label.Name, 0))
        );
        Assert.Equal(PngReader.BitDepth(copy), PngReader.BitDepth(masked));
        Assert.All(
            label.Kind == LabelKind.Panoptic
                ? PictureReader.Read(masked).Rgb.Select(one => (int)one)
                : PngReader.ReadIds(masked).Ids.Select(id => (int)id),
            id => Assert.Equal(value, id)
        );
    }

    [Theory]
    [InlineData("cityscapes", "labelTrainIds")]
    [InlineData("imagefolder", "labels")]
    [InlineData("kitti", "groundtruth")]
    public void Labels_go_to_a_size_that_is_asked_for_by_the_pixel_under_the_middle(string format, string role)
    {
        var (dataset, output, (width, height)) = (tiny.Dataset(format), tiny.Fresh(), (24, 40));
        dataset = WithoutOutlines(dataset);
        tiny.Run(dataset, output, TinyGenerator.Options with { Size = (width, height), IgnoreBelow = -1, Limit = 1, Variants = 1 });
        var entry = Assert.Single(Manifest.Read(output));
        var label = dataset
            .Items(entry.Split)
            .First(item => item.Picture == entry.Source)
            .Labels.First(label => label.Role.EndsWith(role, StringComparison.Ordinal));
        var (from, to) = (
            PngReader.ReadIds(dataset.FullPath(label.Name)),
            PngReader.ReadIds(Path.Combine(output, dataset.VariantName(label.Name, 0)))
        );
        Assert.Equal((width, height), (to.Width, to.Height));
        Assert.NotEqual((width, height), (from.Width, from.Height));
        Assert.Equal(Resizing.ResizeIds(from.Ids, from.Width, from.Height, width, height), to.Ids);
        // everything is trusted
        Assert.Equal(to.Ids, PngReader.ReadIds(Path.Combine(output, "trusted", dataset.VariantName(label.Name, 0))).Ids);
        Assert.Equal(
            (width, height),
            (
                PictureReader.Read(Path.Combine(output, entry.Item!)).Width,
                PngReader.ReadGray16(Path.Combine(output, entry.Extras[0].File)).Height
            )
        );
        Assert.True(Verification.Run(output).IsSound);
        Assert.True(Reproduction.Run(tiny.Generator, entry, dataset, Path.Combine(tiny.Fresh(), "again.png")));
    }

    [Theory]
    [InlineData("coco", "its lists")]
    [InlineData("cityscapes", "polygons")]
    public void Labels_that_are_places_in_pixels_cannot_go_to_another_size(string format, string what)
    {
        var (dataset, output) = (tiny.Dataset(format), tiny.Fresh());
        var refused = Assert.Throws<LumenException>(() => tiny.Run(dataset, output, TinyGenerator.Options with { Size = (24, 40) }));
        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output) && Directory.EnumerateFiles(output, "*.png", SearchOption.AllDirectories).Any());
    }

    [Fact]
    public void Distrusted_normals_have_no_length()
    {
        var (dataset, output) = (tiny.Dataset("folders"), tiny.Fresh());
        foreach (var item in dataset.Items().ToArray())
            PngWriter.WriteRgb(
                dataset.FullPath(item.Picture.Replace("images", "normals", StringComparison.Ordinal)),
                PictureReader.Read(dataset.FullPath(item.Picture))
            );
        tiny.Run(
            DatasetFormats.Open(dataset.Root),
            output,
            TinyGenerator.Options with
            {
                IgnoreBelow = 1,
                Limit = 1,
                Variants = 1,
                Confidence = false,
            }
        );
        var extra = Manifest.Read(output).Single().Extras.Single(extra => extra.File.Contains("/normals/", StringComparison.Ordinal));
        Assert.All(PictureReader.Read(Path.Combine(output, extra.File)).Rgb, value => Assert.Equal(128, value));
    }

    [Theory]
    [InlineData("0 void\n1 road\n", 0)]
    [InlineData("0 road\n7 Unlabeled\n", 7)]
    [InlineData("0 background\n1 road\n", 255)]
    public void A_class_that_is_none_is_the_ignored_one(string classes, int ignored)
    {
        var dataset = tiny.Dataset();
        File.WriteAllText(Path.Combine(dataset.Root, "classes.txt"), classes);
        Assert.Equal(ignored, DatasetFormats.Open(dataset.Root).Classes.Ignore);
    }

    [Fact]
    public void A_limit_that_everything_reaches_changes_no_label()
    {
        var (dataset, output) = (tiny.Dataset("voc"), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { IgnoreBelow = -1, Limit = 1, Variants = 1, Confidence = false });
        var entry = Assert.Single(Manifest.Read(output));
        var extra = Assert.Single(entry.Extras).File;
        var copy = entry.Labels.Single(label => label.File.StartsWith("SegmentationClass", StringComparison.Ordinal)).File;
        Assert.Equal(PngReader.ReadIds(Path.Combine(output, copy)).Ids, PngReader.ReadIds(Path.Combine(output, extra)).Ids);
        Assert.Equal(PngReader.ReadPalette(Path.Combine(output, copy)), PngReader.ReadPalette(Path.Combine(output, extra)));
    }

    [Fact]
    public void Equal_layouts_agree_fully_and_the_map_covers_the_picture_without_padding()
    {
        using var maker = new VariantMaker(tiny.Generator, TinyGenerator.Options.Generation, new VariantSizing());
        using var source = maker.OpenAt(TinyModels.Scene(0, 45, 31), (45, 31));
        var same = AgreementMap.Of(source.Layout.Layout, source.Layout.Layout);
        Assert.Equal(1, same.Mean, 5);
        var pixels = same.At(source.Padded, source.Working, (90, 62));
        Assert.Equal(90 * 62, pixels.Length);
        Assert.All(AgreementMap.Quantised(pixels), value => Assert.InRange(value, ushort.MaxValue - 1, ushort.MaxValue));

        // A map that falls from left to right does so at every size.
        var slope = new AgreementMap(2, 1, [1, 0]).At((16, 8), (12, 8), (6, 4));
        Assert.True(slope[0] > slope[5] && slope[0] == slope[18]);
    }

    [Fact]
    public void Kept_classes_are_the_originals_pixels_and_far_pixels_are_not()
    {
        var (dataset, output) = (tiny.Dataset("imagefolder"), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { Keep = new KeptRegions(["road"], null, 2), Limit = 1, Variants = 1 });
        var entry = Assert.Single(Manifest.Read(output));
        var (original, result) = (
            PictureReader.Read(dataset.FullPath(entry.Source)),
            PictureReader.Read(Path.Combine(output, entry.Item!))
        );
        for (var x = 0; x < TinyDatasets.Width; x++)
        {
            Assert.Equal(original.At(x, 1), result.At(x, 1)); // rows 1 and 2 are road
            Assert.NotEqual(original.At(x, 8), result.At(x, 8));
        }
        Assert.Equal(["road"], entry.KeepClasses);
        Assert.True(Reproduction.Run(tiny.Generator, entry, dataset, tiny.Fresh() + ".png", stop: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Kept_masks_are_found_by_name_and_missing_ones_are_told()
    {
        var (dataset, output, masks) = (tiny.Dataset(), tiny.Fresh(), tiny.Fresh());
        var mask = new byte[TinyDatasets.Width * TinyDatasets.Height];
        mask[0] = 9;
        PngWriter.WriteGray8(Path.Combine(masks, $"{TinyDatasets.NameOf("train", 0)}.png"), TinyDatasets.Width, TinyDatasets.Height, mask);
        var results = tiny.Run(dataset, output, TinyGenerator.Options with { Keep = new KeptRegions([], masks, 0), Variants = 1 });
        var entry = Assert.Single(Manifest.Read(output));
        Assert.Equal(
            PictureReader.Read(dataset.FullPath(entry.Source)).At(0, 0),
            PictureReader.Read(Path.Combine(output, entry.Item!)).At(0, 0)
        );
        Assert.NotNull(entry.KeepMaskSha256);
        Assert.Equal(2, results.Count(result => result.Failure?.Contains("There is no mask for", StringComparison.Ordinal) == true));
    }

    [Fact]
    public void An_unknown_class_is_told_with_those_that_are_known()
    {
        var results = tiny.Run(
            tiny.Dataset("imagefolder"),
            tiny.Fresh(),
            TinyGenerator.Options with
            {
                Keep = new KeptRegions(["tram"], null),
            }
        );
        Assert.All(
            results,
            result => Assert.Contains("no class \"tram\" to keep. Known are other, road", result.Failure, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Blending_falls_off_with_the_distance()
    {
        var (white, black, mask) = (Picture.Filled(9, 1, 255, 255, 255), Picture.Filled(9, 1, 0, 0, 0), new bool[9]);
        mask[0] = true;
        var blended = RegionKeeper.Blend(white, black, mask, 3);
        Assert.Equal([255, 191, 128, 64, 0, 0, 0, 0, 0], Enumerable.Range(0, 9).Select(x => (int)blended.At(x, 0).Red));
    }

    private static Dataset WithoutOutlines(Dataset dataset)
    {
        foreach (var outlines in Directory.EnumerateFiles(dataset.Root, "*polygons.json", SearchOption.AllDirectories).ToArray())
            File.Delete(outlines);
        return DatasetFormats.Open(dataset.Root);
    }
}
