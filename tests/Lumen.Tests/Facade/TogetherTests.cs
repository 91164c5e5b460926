using Lumen.Augmentation;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Testing;
using Lumen.Tests.Augmentation;
using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Facade;

/// <summary>Requests of several callers in one round, and the generator lent to a library.</summary>
public sealed class TogetherTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_threads_of_the_options_say_how_many_pictures_are_computed_at_once()
    {
        var options = new LumenOptions { Dtype = "float32" };
        await using var one = await LumenPipeline.OpenAsync(tiny.Model, options with { Threads = 1 }, stop: Stop);
        await using var three = await LumenPipeline.OpenAsync(tiny.Model, options with { Threads = 3 }, stop: Stop);
        Assert.Equal(3 * one.PicturesAtOnce, three.PicturesAtOnce);
        var fault = await Assert.ThrowsAsync<LumenException>(() =>
            LumenPipeline.OpenAsync(tiny.Model, options with { Threads = 0 }, stop: Stop)
        );
        Assert.StartsWith("The threads of a pipeline must be 1 or more but are 0.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_that_are_computed_together_are_those_that_are_computed_alone()
    {
        await using var pipeline = await Open();
        LumenPart[] parts =
        [
            new(new("a street by day") { Reference = TinyModels.Scene(0) }, new() { NumInferenceSteps = 3, Seed = 1 }),
            new(
                new("a street at night"),
                new()
                {
                    NumInferenceSteps = 3,
                    Seed = 2,
                    NegativePrompt = "fog",
                }
            ),
            new(new("a street in fog") { Reference = TinyModels.Scene(1) }, new() { NumInferenceSteps = 3, Seed = 1 }),
            new(
                new("a street by day"),
                new()
                {
                    NumInferenceSteps = 3,
                    Width = 48,
                    Height = 32,
                }
            ),
        ];
        var together = new Dictionary<int, byte[]>();
        await foreach (var (part, picture) in pipeline.GenerateTogetherAsync(parts, Stop))
            together.Add(part, picture.ToPng());
        Assert.Equal([0, 1, 2, 3], together.Keys.Order());
        foreach (var (index, part) in parts.Index())
        await foreach (var picture in pipeline.GenerateAsync(part.Request, part.Options, stop: Stop))
            Assert.Equal(picture.ToPng(), together[index]);
    }

    [Fact]
    public async Task A_part_that_is_stopped_has_no_picture_and_the_others_have_theirs()
    {
        await using var pipeline = await Open();
        using var stopped = new CancellationTokenSource();
        var steps = 0;
        LumenPart[] parts =
        [
            new(new("a street"), new() { NumInferenceSteps = 8 })
            {
                Progress = new Told(() =>
                {
                    if (++steps == 2)
                        stopped.Cancel();
                }),
                Stop = stopped.Token,
            },
            new(new("a street"), new() { NumInferenceSteps = 8, Seed = 2 }),
            new(new("a street"), new() { NumInferenceSteps = 8, Seed = 3 }) { Stop = new CancellationToken(true) },
        ];
        var made = new List<int>();
        await foreach (var (part, _) in pipeline.GenerateTogetherAsync(parts, Stop))
            made.Add(part);
        Assert.Equal([1], made);
        Assert.Equal(2, steps);
    }

    [Fact]
    public async Task Parts_of_other_options_or_several_pictures_are_refused()
    {
        await using var pipeline = await Open();
        LumenPart one = new(new("a"), new() { NumInferenceSteps = 3 });
        Assert.Throws<ArgumentException>(() => pipeline.GenerateTogetherAsync([], Stop));
        Assert.Throws<ArgumentException>(() => pipeline.GenerateTogetherAsync([one, new(new("a"), new() { NumInferenceSteps = 4 })], Stop));
        Assert.Throws<ArgumentException>(() =>
            pipeline.GenerateTogetherAsync([new(new("a"), new() { NumInferenceSteps = 3, Count = 2 })], Stop)
        );
    }

    [Fact]
    public async Task A_data_set_is_enlarged_with_an_open_pipeline_as_with_a_generator_while_others_are_served()
    {
        await using var pipeline = await Open();
        var (dataset, lent, own) = (tiny.Dataset(), tiny.Fresh(), tiny.Fresh());
        var augmentation = await DatasetAugmentation.OnAsync(pipeline, TinyGenerator.Prompts, TinyGenerator.Options, Stop);
        await foreach (var result in augmentation.RunAsync(dataset, lent, stop: Stop))
        {
            Assert.Null(result.Failure);
            using var layout = await pipeline.ExtractLayoutAsync(TinyModels.Scene(0), Stop);
        }
        tiny.Run(dataset, own);
        var pictures = Manifest.Read(own).Select(entry => entry.Item!).ToList();
        Assert.Equal(TinyDatasets.Training * 2, pictures.Count);
        Assert.All(
            pictures,
            item =>
                Assert.Equal(
                    Imaging.PictureReader.Read(Path.Combine(own, item)).Rgb,
                    Imaging.PictureReader.Read(Path.Combine(lent, item)).Rgb
                )
        );
        Assert.True(Verification.Run(lent, stop: Stop).IsSound);
    }

    private Task<LumenPipeline> Open() => LumenPipeline.OpenAsync(tiny.Model, new() { Dtype = "float32" }, stop: Stop);

    private sealed class Told(Action tell) : IProgress<LumenProgress>
    {
        public void Report(LumenProgress value)
        {
            if (value.Stage == LumenStage.Denoising)
                tell();
        }
    }
}
