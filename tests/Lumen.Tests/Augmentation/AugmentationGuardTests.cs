using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Augmentation;

/// <summary>What must not be trained on, what cannot be read, and what does not keep its layout.</summary>
public sealed class AugmentationGuardTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Fact]
    public void A_held_out_part_is_refused_where_it_is_given_as_a_folder_of_pictures()
    {
        var root = tiny.Fresh();
        foreach (var part in (string[])["train", "val"])
            PngWriter.WriteRgb(Path.Combine(root, part, "a.png"), TinyModels.Scene(3));
        var heldOut = DatasetFormats.OpenPictures(Path.Combine(root, "val"));
        var fault = Assert.Throws<LumenException>(() => tiny.Run(heldOut, tiny.Fresh()));
        Assert.Contains("held-out part \"val\"", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, tiny.Run(heldOut, tiny.Fresh(), TinyGenerator.Options with { AllowHeldOut = true }).Count);
        Assert.Equal(2, tiny.Run(DatasetFormats.OpenPictures(Path.Combine(root, "train")), tiny.Fresh()).Count);
    }

    [Theory]
    [InlineData("val")]
    [InlineData("test")]
    public void A_held_out_part_is_refused(string split)
    {
        var root = tiny.Fresh();
        new TinyDatasets(root).Write("folders");
        Directory.CreateDirectory(Path.Combine(root, "images", "test"));
        var error = Assert.Throws<LumenException>(() =>
            tiny.Run(DatasetFormats.Open(root), tiny.Fresh(), TinyGenerator.Options with { Split = split })
        );
        Assert.Contains($"The part \"{split}\" is held out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_other_things_is_not_written_into_and_an_empty_one_is()
    {
        var output = tiny.Fresh();
        Directory.CreateDirectory(Path.Combine(output, "checkpoint-2"));
        var fault = Assert.Throws<LumenException>(() => tiny.Run(tiny.Dataset(), output));
        Assert.Contains($"{output} holds checkpoint-2, but nothing that lumen augment has begun", fault.Message, StringComparison.Ordinal);
        Assert.Equal(["checkpoint-2"], Directory.EnumerateFileSystemEntries(output).Select(Path.GetFileName));
        Directory.Delete(Path.Combine(output, "checkpoint-2"));
        Directory.CreateDirectory(Path.Combine(output, "lost+found"));
        Assert.NotEmpty(tiny.Run(tiny.Dataset(), output));
    }

    [Fact]
    public void A_picture_of_a_few_rows_costs_only_itself_in_the_estimate_too()
    {
        var root = tiny.Fresh();
        PngWriter.WriteRgb(Path.Combine(root, "a.png"), new Picture(3000, 2, new byte[3000 * 2 * 3]));
        PngWriter.WriteRgb(Path.Combine(root, "b.png"), TinyModels.Scene(3));
        var (pictures, output) = (DatasetFormats.OpenPictures(root), tiny.Fresh());
        var augmentation = new DatasetAugmentation(tiny.Generator, TinyGenerator.Prompts, TinyGenerator.Options);
        Assert.NotNull(augmentation.Estimate(pictures, augmentation.Plan(pictures, output), CancellationToken.None));
        var results = tiny.Run(pictures, output);
        Assert.Contains(results, result => result.Source == "a.png" && result.Failure is not null);
        Assert.Contains(results, result => result.Source == "b.png" && result.IsAccepted);
    }

    [Fact]
    public void The_folder_of_another_data_set_is_not_gone_on_with()
    {
        var (own, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(own, output);
        var before = TinyGenerator.Files(output);
        var root = tiny.Fresh();
        new TinyDatasets(root).Write("folders");
        foreach (var file in Directory.EnumerateFiles(root, "*.png", SearchOption.AllDirectories).ToList())
            File.Move(file, Path.Combine(Path.GetDirectoryName(file)!, $"other-{Path.GetFileName(file)}"));
        var fault = Assert.Throws<LumenException>(() => tiny.Run(DatasetFormats.Open(root), output));
        Assert.Contains($"{output} was begun with another data set", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, TinyGenerator.Files(output));
    }

    [Fact]
    public void A_training_picture_that_is_also_held_out_is_left_out()
    {
        var dataset = tiny.Dataset();
        var (train, val) = (dataset.Items("train").First(), dataset.Items("val").First());
        File.Copy(dataset.FullPath(val.Picture), dataset.FullPath(train.Picture), overwrite: true);
        var output = tiny.Fresh();
        var results = tiny.Run(dataset, output);
        var entry = Assert.Single(Manifest.Read(output), entry => entry.LeftOut is not null);
        Assert.Equal((train.Picture, "duplicate", val.Picture), (entry.Source, entry.LeftOut, entry.Like));
        Assert.Equal(4, results.Count(result => result.IsAccepted));
        Assert.Empty(tiny.Run(dataset, output)); // left out for good
        Assert.Single(AugmentationReport.Of(output).LeftOut);
    }

    [Fact]
    public void A_near_duplicate_is_found_by_its_layout_and_other_streets_are_not()
    {
        var root = tiny.Fresh();
        for (var index = 0; index < 3; index++)
            Put($"images/train/{index}.png", TinyModels.Scene(index));
        var bright = TinyModels.Scene(1);
        Put(
            "images/val/again.png",
            new Picture(bright.Width, bright.Height, [.. bright.Rgb.Select(value => (byte)Math.Min(255, value + 3))])
        );
        var output = tiny.Fresh();
        var options = TinyGenerator.Options with { HeldOutCheck = Lumen.Augmentation.HeldOutCheck.Layout, LeakThreshold = 0.995 };
        for (var run = 0; run < 2; run++)
            tiny.Run(DatasetFormats.Open(root), output, options); // the second reads the kept layouts
        var entry = Assert.Single(Manifest.Read(output), entry => entry.LeftOut is not null);
        Assert.Equal(("images/train/1.png", "near_duplicate", "images/val/again.png"), (entry.Source, entry.LeftOut, entry.Like));
        Assert.True(File.Exists(Path.Combine(output, "lumen", "held-out.safetensors")));

        void Put(string name, Picture picture)
        {
            PngWriter.WriteRgb(Path.Combine(root, name), picture);
            PngWriter.WriteGray8(
                Path.Combine(root, name.Replace("images", "labels", StringComparison.Ordinal)),
                picture.Width,
                picture.Height,
                new byte[picture.Width * picture.Height]
            );
        }
    }

    [Fact]
    public void A_file_that_cannot_be_used_costs_its_own_pictures_only_and_is_tried_again()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        var items = dataset.Items("train").ToList();
        var (picture, label) = (
            dataset.FullPath(items[0].Picture),
            dataset.FullPath(items[1].Labels.Single(label => label.Role == "labels").Name)
        );
        var (whole, kept) = (File.ReadAllBytes(picture), File.ReadAllBytes(label));
        File.WriteAllBytes(picture, whole[..20]);
        File.Delete(label);
        var results = tiny.Run(dataset, output);
        Assert.Equal(2, results.Count(result => result.IsAccepted));
        Assert.Equal(2, results.Count(result => result.Failure is not null));
        Assert.Contains(results, result => result.Failure?.Contains("does not exist", StringComparison.Ordinal) == true);
        File.WriteAllBytes(picture, whole);
        File.WriteAllBytes(label, kept);
        Assert.Equal(4, tiny.Run(dataset, output).Count(result => result.IsAccepted));
    }

    [Fact]
    public void Pictures_below_the_agreement_asked_for_are_tried_again_and_rejected_without_files()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        var options = TinyGenerator.Options with { MinAgreement = 1, Retries = 3, Limit = 1, Variants = 1 };
        var result = Assert.Single(tiny.Run(dataset, output, options));
        Assert.Equal((false, "rejected", null), (result.IsAccepted, result.Entry!.LeftOut, result.Entry.Item));
        Assert.Single(DatasetFormats.Open(output).Items("train")); // the source, and nothing else because of the limit
        Assert.Empty(tiny.Run(dataset, output, options)); // the budget is used up
        Assert.Equal((0, 1), (AugmentationReport.Of(output).Accepted, AugmentationReport.Of(output).Rejected));
        using var maker = new VariantMaker(tiny.Generator, options.Generation, new VariantSizing());
        Assert.Equal([1, 1, 1.25, 1.5], Enumerable.Range(0, 4).Select(maker.ConditioningScaleOf));
        Assert.Distinct(Enumerable.Range(0, 4).Select(attempt => VariantMaker.SeedOf(1, "a", 0, attempt)));
    }

    [Fact]
    public void Other_settings_are_refused_with_the_difference()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { Limit = 1 });
        var error = Assert.Throws<LumenException>(() => tiny.Run(dataset, output, TinyGenerator.Options with { Seed = 9 }));
        Assert.Contains("seed was 1 and is 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_use_and_folders_within_one_another_are_refused()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        Assert.Contains(
            "lie in one another",
            Assert.Throws<LumenException>(() => tiny.Run(dataset, Path.Combine(dataset.Root, "out"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "lie in one another",
            Assert.Throws<LumenException>(() => tiny.Run(dataset, dataset.Root)).Message,
            StringComparison.Ordinal
        );
        using var busy = new StagedWriter(output, (1, 1), links: false);
        Assert.Contains(
            $"Another process is already working on shard 1 of 1 in {output}: lumen augment, shard 1 of 1, process "
                + $"{Environment.ProcessId} on",
            Assert.Throws<LumenException>(() => tiny.Run(dataset, output)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "with the work divided otherwise: lumen augment, shard 1 of 1",
            Assert.Throws<LumenException>(() => new StagedWriter(output, (2, 3), links: false)).Message,
            StringComparison.Ordinal
        );
        var shards = tiny.Fresh();
        using var first = new StagedWriter(shards, (1, 3), links: false);
        using var second = new StagedWriter(shards, (2, 3), links: false); // shards of one division work side by side
    }

    [Fact]
    public void What_killed_shards_of_another_division_left_is_taken_out_and_what_works_is_not()
    {
        var output = tiny.Fresh();
        var lumen = Path.Combine(output, "lumen");
        using (new StagedWriter(output, (1, 3), links: false))
        using (new StagedWriter(output, (3, 3), links: false))
        {
            foreach (var left in new[] { "work-2-of-2", "work-1-of-13", "work-2-of-3" })
                File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(lumen, left)).FullName, "0.png"), "half");
            foreach (var left in new[] { "shard-2-of-2.lock", "shard-1-of-13.lock", "shard-2-of-3.lock" })
                File.WriteAllText(Path.Combine(lumen, left), "lumen augment, which was killed");
            using var second = new StagedWriter(output, (2, 3), links: false);
            Assert.Equal(
                ["shard-1-of-3.lock", "shard-2-of-3.lock", "shard-3-of-3.lock", "work-1-of-3", "work-2-of-3", "work-3-of-3"],
                Entries()
            );
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(lumen, "work-2-of-3")));
        }
        Assert.Empty(Entries());

        string[] Entries() =>
            [.. Directory.EnumerateFileSystemEntries(lumen).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void An_augmented_data_set_is_not_augmented_again()
    {
        var output = tiny.Fresh();
        tiny.Run(tiny.Dataset(), output, TinyGenerator.Options with { Limit = 1 });
        Assert.Contains(
            "holds generated pictures",
            Assert.Throws<LumenException>(() => tiny.Run(DatasetFormats.Open(output), tiny.Fresh())).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Values_out_of_range_are_told_together()
    {
        var error = Assert.Throws<LumenException>(() =>
            new AugmentationOptions
            {
                Variants = 0,
                Shard = (3, 2),
                MinAgreement = 2,
                Retries = -1,
                Resolution = 5,
            }.Validate()
        );
        Assert.All(
            (string[])["`Variants`", "`Shard`", "`MinAgreement`", "`Retries`", "`Resolution`"],
            option => Assert.Contains(option, error.Message, StringComparison.Ordinal)
        );
    }
}
