using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Imaging;
using Xunit;

namespace Lumen.Tests.Augmentation;

public sealed class LimitAndEstimateTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    private static readonly AugmentationOptions One = TinyGenerator.Options with { Variants = 1 };

    [Theory]
    [InlineData(1, new[] { 0 })]
    [InlineData(3, new[] { 0, 3, 6 })]
    [InlineData(4, new[] { 0, 2, 5, 7 })]
    [InlineData(10, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })]
    [InlineData(99, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })]
    public void A_limit_is_spread_over_the_part(int limit, int[] expected)
    {
        var scan = new AugmentationScan(Ten(), TinyGenerator.Prompts, One with { Limit = limit });
        Assert.Equal(expected.Select(number => $"images/{number}.png"), scan.Items().Select(item => item.Picture));
    }

    [Theory]
    [InlineData("folders")]
    [InlineData("imagefolder")]
    [InlineData("camvid")]
    [InlineData("voc")]
    [InlineData("coco")]
    public void With_a_limit_only_the_chosen_pictures_are_copied_and_listed_and_the_rest_follows_without_it(string format)
    {
        var (dataset, output) = (tiny.Dataset(format), tiny.Fresh());
        tiny.Run(dataset, output, One with { Limit = 2 });
        var chosen = dataset.Items(dataset.Splits[0]).Take(2).Select(item => item.Picture).ToList();
        var all = dataset.Items().Select(item => item.Picture).ToList();
        Assert.Equal(chosen.Order(), all.Where(picture => File.Exists(Path.Combine(output, picture))).Order());
        var listed = DatasetFormats.Open(output, format).Items(dataset.Splits[0]).ToList();
        Assert.Equal((2, 2), (listed.Count(item => !item.IsGenerated), listed.Count(item => item.IsGenerated)));
        Assert.DoesNotContain(
            DatasetCheck.Run(DatasetFormats.Open(output, format)).Faults,
            fault => fault.Kind is not (DatasetFaultKind.NoItems or DatasetFaultKind.SharedBetweenSplits)
        ); // VOC's trainval is a part where val is empty
        Assert.Empty(Verification.Run(output).Faults);

        tiny.Run(dataset, output, One);
        Assert.All(all, picture => Assert.True(File.Exists(Path.Combine(output, picture))));
        Assert.True(DatasetCheck.Run(DatasetFormats.Open(output, format)).IsSound);
        Assert.Empty(Verification.Run(output).Faults);

        tiny.Run(dataset, output, One with { Limit = 1 }); // what is there stays listed
        Assert.True(DatasetCheck.Run(DatasetFormats.Open(output, format)).IsSound);
    }

    [Theory]
    [InlineData("folders")]
    [InlineData("coco")]
    public void The_estimate_of_disk_space_is_within_a_factor_of_two_and_writes_nothing(string format)
    {
        var (dataset, output) = (tiny.Dataset(format), tiny.Fresh());
        var augmentation = new DatasetAugmentation(tiny.Generator, TinyGenerator.Prompts, TinyGenerator.Options);
        var plan = augmentation.Plan(dataset, output);
        var estimate = augmentation.Estimate(dataset, plan, TestContext.Current.CancellationToken)!;
        Assert.False(Directory.Exists(output));
        tiny.Run(dataset, output);
        var lists = dataset.Lists().ToHashSet(StringComparer.Ordinal);
        var files = Directory
            .EnumerateFiles(output, "*", SearchOption.AllDirectories)
            .Select(path => (Name: Path.GetRelativePath(output, path), new FileInfo(path).Length))
            .Where(file => !file.Name.StartsWith("lumen/", StringComparison.Ordinal))
            .ToList();
        var made = files
            .Where(file =>
                file.Name.Contains("_lumen", StringComparison.Ordinal) || file.Name.StartsWith("manifest", StringComparison.Ordinal)
            )
            .Sum(file => file.Length);
        var originals = files
            .Where(file =>
                !file.Name.Contains("_lumen", StringComparison.Ordinal)
                && !file.Name.StartsWith("manifest", StringComparison.Ordinal)
                && !lists.Contains(file.Name)
            )
            .Sum(file => file.Length);
        Assert.Equal(originals, estimate.OriginalBytes);
        Assert.InRange(estimate.NewBytes, made / 2, made * 2);
        Assert.True(estimate.SecondsPerPicture > 0);
        Assert.Equal(0, augmentation.Plan(dataset, output).OriginalBytes); // they are there
    }

    // Ten pictures without labels.
    private Dataset Ten()
    {
        var root = tiny.Fresh();
        for (var number = 0; number < 10; number++)
            PngWriter.WriteRgb(
                Path.Combine(root, "images", $"{number}.png"),
                new Picture(8, 8, [.. Enumerable.Repeat((byte)number, 8 * 8 * 3)])
            );
        return DatasetFormats.Open(root, "folders");
    }
}
