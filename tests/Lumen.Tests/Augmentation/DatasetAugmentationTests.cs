using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Tests.Augmentation;

public sealed class DatasetAugmentationTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    // Many pictures, one a pass: so a run that is stopped is stopped midway.
    private static readonly AugmentationOptions Slow = TinyGenerator.Options with { Batch = 1, Variants = 20 };

    public static TheoryData<string> Formats => [.. TinyDatasets.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_augmented_data_set_is_sound_its_labels_are_copies_and_the_original_is_untouched(string format)
    {
        var (dataset, output) = (tiny.Dataset(format), tiny.Fresh());
        var before = TinyGenerator.Files(dataset.Root);
        var results = tiny.Run(dataset, output);
        Assert.Equal(TinyDatasets.Training * 2, results.Count(result => result.IsAccepted));
        Assert.Equal(before, TinyGenerator.Files(dataset.Root));

        var augmented = DatasetFormats.Open(output);
        Assert.Equal(dataset.Format, augmented.Format);
        Assert.Empty(DatasetCheck.Run(augmented).Faults);
        Assert.Equal(
            (TinyDatasets.Training * 3, TinyDatasets.HeldOut),
            (augmented.Items(augmented.Splits[0]).Count(), augmented.Items(augmented.Splits[1]).Count())
        );
        Assert.Equal(TinyDatasets.Training * 2, augmented.Items().Count(item => item.IsGenerated));
        Assert.All(augmented.Items(augmented.Splits[1]), item => Assert.False(item.IsGenerated));

        var lists = dataset.Lists().ToHashSet();
        Assert.All(
            before.Where(pair => !lists.Contains(pair.Key)),
            pair => Assert.Equal(pair.Value, TinyGenerator.Files(output)[pair.Key])
        );
        var sources = dataset.Items(dataset.Splits[0]).ToDictionary(item => item.Picture);
        Assert.All(
            Manifest.Read(output),
            entry =>
            {
                Assert.Equal(sources[entry.Source].Labels.Select(label => label.Name), entry.Labels.Select(label => label.Source));
                Assert.All(
                    entry.Labels,
                    label =>
                        Assert.Equal(
                            File.ReadAllBytes(dataset.FullPath(label.Source!)),
                            File.ReadAllBytes(Path.Combine(output, label.File))
                        )
                );
            }
        );
        Assert.True(Verification.Run(output).IsSound);
    }

    [Fact]
    public void The_layout_of_a_source_is_extracted_once_for_all_its_variants()
    {
        var encoded = 0;
        var encoder = (Module<Tensor, Tensor>)tiny.Generator.Model.Vae.named_children().Single(child => child.name == "encoder").module;
        var hook = encoder.register_forward_hook(
            (_, images, moments) =>
            {
                Interlocked.Add(ref encoded, (int)images.shape[0]);
                return moments;
            }
        );
        tiny.Run(tiny.Dataset(), tiny.Fresh(), TinyGenerator.Options with { Batch = 1, Variants = 4 });
        hook.remove();
        Assert.Equal(TinyDatasets.Training + TinyDatasets.Training * 4, encoded); // every source, and every result for its agreement
    }

    [Fact]
    public void Pictures_have_the_size_of_their_source_and_differ_from_each_other()
    {
        var (dataset, output) = (Streets(45, 31), tiny.Fresh());
        tiny.Run(dataset, output);
        var pictures = Manifest.Read(output).Select(entry => PictureReader.Read(Path.Combine(output, entry.Item!))).ToList();
        Assert.All(pictures, picture => Assert.Equal((45, 31), (picture.Width, picture.Height)));
        Assert.Distinct(pictures.Select(picture => Convert.ToHexString(picture.Rgb)));
        var entry = Manifest.Read(output)[0];
        Assert.Equal((46, 32), (entry.WorkingWidth, entry.WorkingHeight));
        var confidence = PngReader.ReadGray16(Path.Combine(output, entry.Extras[0].File));
        Assert.Equal((45, 31), (confidence.Width, confidence.Height));
    }

    [Theory]
    [InlineData(PictureFit.Pad, null, 46, 32)]
    [InlineData(PictureFit.Pad, AugmentationOptions.OriginalResolution, 45, 31)]
    [InlineData(PictureFit.Pad, 48, 70, 48)]
    [InlineData(PictureFit.Resize, null, 48, 32)]
    [InlineData(PictureFit.Resize, 50, 72, 48)]
    [InlineData(PictureFit.Tile, null, 45, 31)]
    [InlineData(PictureFit.Tile, 64, 93, 64)]
    public void Pictures_are_generated_at_the_size_asked_for_and_made_again(PictureFit fit, int? resolution, int width, int height)
    {
        var (dataset, output, again) = (Streets(45, 31), tiny.Fresh(), tiny.Fresh() + ".png");
        tiny.Run(
            dataset,
            output,
            TinyGenerator.Options with
            {
                Fit = fit,
                Resolution = resolution,
                Limit = 1,
                Variants = 1,
                HeldOutCheck = Lumen.Augmentation.HeldOutCheck.Layout,
            }
        );
        var entry = Assert.Single(Manifest.Read(output));
        Assert.Equal((width, height, 45, 31, fit), (entry.WorkingWidth, entry.WorkingHeight, entry.Width, entry.Height, entry.Fit));
        var picture = PictureReader.Read(Path.Combine(output, entry.Item!));
        Assert.Equal((45, 31), (picture.Width, picture.Height));
        Assert.Equal(
            File.ReadAllBytes(dataset.FullPath(entry.Labels[0].Source!)),
            File.ReadAllBytes(Path.Combine(output, entry.Labels[0].File))
        );
        Assert.True(Reproduction.Run(tiny.Generator, entry, dataset, again, stop: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Readers_that_expect_JPEG_get_JPEG_with_the_settings_inside()
    {
        var (dataset, output) = (tiny.Dataset("voc"), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { Variants = 1, Limit = 1 });
        var entry = Assert.Single(Manifest.Read(output));
        Assert.EndsWith("_lumen0.jpg", entry.Item, StringComparison.Ordinal);
        Assert.Contains(entry.Prompt, JpegWriter.ReadComment(Path.Combine(output, entry.Item!)), StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_in_any_order_make_the_same_bytes_as_one_process()
    {
        var (dataset, whole, shared) = (tiny.Dataset(), tiny.Fresh(), tiny.Fresh());
        tiny.Run(dataset, whole);
        foreach (var index in (int[])[3, 1, 2])
            tiny.Run(dataset, shared, TinyGenerator.Options with { Shard = (index, 3) });
        Assert.Equal(TinyGenerator.Files(whole), TinyGenerator.Files(shared));
        Assert.Equal(
            Manifest.Read(whole).Select(entry => (entry with { Previous = null }).ToJson()),
            Manifest.Read(shared).Select(entry => (entry with { Previous = null }).ToJson())
        );
    }

    [Fact]
    public void A_second_run_does_nothing_and_more_variants_leave_the_first_as_they_are()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output);
        var before = TinyGenerator.Files(output);
        Assert.Empty(tiny.Run(dataset, output));
        Assert.Equal(before, TinyGenerator.Files(output));
        Assert.Equal(TinyDatasets.Training, tiny.Run(dataset, output, TinyGenerator.Options with { Variants = 3 }).Count);
        var after = TinyGenerator.Files(output);
        Assert.All(before, pair => Assert.Equal(pair.Value, after[pair.Key]));
    }

    [Fact]
    public void Another_domain_makes_only_its_own_pictures_anew()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { Variants = 8 });
        var before = Manifest.Read(output).ToDictionary(entry => entry.Item!, entry => entry.Sha256);
        var made = tiny.Run(
            dataset,
            output,
            TinyGenerator.Options with
            {
                Variants = 8,
            },
            new PromptMatrix([.. TinyGenerator.Prompts.Domains, new PromptEntry("snow", "a street in snow")])
        );
        Assert.NotEmpty(made);
        Assert.All(made, result => Assert.Equal("snow", result.Entry!.Domain));
        Assert.All(Manifest.Read(output).Where(entry => entry.Domain != "snow"), entry => Assert.Equal(before[entry.Item!], entry.Sha256));
    }

    [Fact]
    public void Stopping_leaves_a_sound_data_set_and_going_on_gives_what_an_unbroken_run_gives()
    {
        var (dataset, whole, broken) = (tiny.Dataset("camvid"), tiny.Fresh(), tiny.Fresh());
        tiny.Run(dataset, whole, Slow);
        using var stop = new CancellationTokenSource();
        var progress = new StopAt(2, stop);
        Assert.ThrowsAny<OperationCanceledException>(() => tiny.Run(dataset, broken, Slow, stop: stop.Token, progress: progress));
        var half = DatasetFormats.Open(broken);
        Assert.Empty(DatasetCheck.Run(half).Faults);
        Assert.InRange(half.Items("train").Count(), TinyDatasets.Training + 1, TinyDatasets.Training * 21 - 1);
        tiny.Run(dataset, broken, Slow);
        Assert.Equal(TinyGenerator.Files(whole), TinyGenerator.Files(broken));
    }

    [Fact]
    public async Task Leaving_the_loop_ends_the_work_and_frees_the_folder()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        var options = Slow;
        var augmentation = new DatasetAugmentation(tiny.Generator, TinyGenerator.Prompts, options);
        await foreach (var result in augmentation.RunAsync(dataset, output, stop: TestContext.Current.CancellationToken))
        {
            Assert.True(result.IsAccepted);
            break;
        }
        Assert.InRange(Manifest.Read(output).Count, 1, TinyDatasets.Training * 20 - 1); // those in hand are finished
        tiny.Run(dataset, output, options);
        Assert.Equal(TinyDatasets.Training * 20, Manifest.Read(output).Count);
    }

    [Fact]
    public void Hard_links_share_their_content_with_the_original()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { HardLinks = true });
        Assert.True(Verification.Run(output).IsSound);
        var label = Manifest.Read(output)[0].Labels[0];
        using (var stream = new FileStream(Path.Combine(output, label.File), FileMode.Append))
            stream.WriteByte(7);
        Assert.Equal(File.ReadAllBytes(Path.Combine(output, label.File)), File.ReadAllBytes(dataset.FullPath(label.Source!)));
        Assert.False(Verification.Run(output).IsSound);
    }

    [Fact]
    public void Generated_pictures_can_stand_alone()
    {
        var (dataset, output) = (tiny.Dataset("imagefolder"), tiny.Fresh());
        tiny.Run(dataset, output, TinyGenerator.Options with { WithOriginals = false });
        var alone = DatasetFormats.Open(output);
        Assert.All(alone.Items(), item => Assert.True(item.IsGenerated));
        Assert.Equal(TinyDatasets.Training * 2, alone.Items("train").Count());
        Assert.Equal(2, alone.Classes.Classes.Count);
        Assert.True(Verification.Run(output).IsSound);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_pictures()
    {
        var dataset = tiny.Dataset();
        var picture = PictureReader.Read(dataset.FullPath(dataset.Items("train").First().Picture));
        foreach (var fit in Enum.GetValues<PictureFit>())
        {
            Lumen.Testing.TensorLeak.Check(() =>
            {
                using var maker = new VariantMaker(tiny.Generator, TinyGenerator.Options.Generation, new VariantSizing(fit, 40));
                using var own = maker.Open(picture);
                maker
                    .Make([new VariantRequest(own, new PromptChoice("", "", "fog", ""), 1, 1)], CancellationToken.None)[0]
                    .AgreementAt(40, 30);
            });
        }
    }

    private Dataset Streets(int width, int height)
    {
        var folder = tiny.Fresh();
        for (var index = 0; index < 2; index++)
        {
            PngWriter.WriteRgb(Path.Combine(folder, "images", $"{index}.png"), TinyModels.Scene(index, width, height));
            PngWriter.WriteGray8(Path.Combine(folder, "labels", $"{index}.png"), width, height, new byte[width * height]);
        }
        return DatasetFormats.Open(folder);
    }

    private sealed class StopAt(int count, CancellationTokenSource stop) : IProgress<AugmentationProgress>
    {
        public void Report(AugmentationProgress value)
        {
            if (value is { Stage: AugmentationStage.Generating } && value.Done >= count)
                stop.Cancel();
        }
    }
}
