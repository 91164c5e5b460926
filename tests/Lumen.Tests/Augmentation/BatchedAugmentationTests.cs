using System.Text.Json.Nodes;
using Lumen.Augmentation;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using TorchSharp;
using Xunit;

namespace Lumen.Tests.Augmentation;

/// <summary>Several pictures in one pass, and files beside it.</summary>
public sealed class BatchedAugmentationTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    private static readonly GenerationOptions Guided = new() { NumInferenceSteps = 2, GuidanceScale = 3 };

    [Fact]
    public void Neighbours_and_place_in_the_pass_change_no_more_than_rounding()
    {
        using var maker = new VariantMaker(tiny.Generator, Guided, new VariantSizing(Batch: 3));
        using SourcePicture a = maker.Open(TinyModels.Scene(0)),
            b = maker.Open(TinyModels.Scene(1)),
            c = maker.Open(TinyModels.Scene(2));
        var (first, second, third) = (
            Request(a, "a street at night", 5),
            Request(b, "a street in fog", 6),
            Request(c, "a street by day", 7)
        );
        var together = maker.Make([first, second, third], CancellationToken.None);
        var turned = maker.Make([third, first], CancellationToken.None);
        var alone = maker.Make([first], CancellationToken.None);
        foreach (var made in (GeneratedVariant[])[turned[1], alone[0]])
        {
            Assert.All(together[0].Picture.Rgb.Zip(made.Picture.Rgb), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
            Assert.All(together[0].Agreement.Cells.Zip(made.Agreement.Cells), pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
        }
        Assert.All(together[2].Picture.Rgb.Zip(turned[0].Picture.Rgb), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
        Assert.NotEqual(together[0].Picture.Rgb, together[1].Picture.Rgb);
    }

    [Fact]
    public void Another_number_of_pictures_in_a_pass_changes_no_more_than_rounding()
    {
        var made = new[] { 1, 2, 5 }
            .Select(batch =>
            {
                using var maker = new VariantMaker(tiny.Generator, Guided, new VariantSizing(Batch: batch));
                using var source = maker.Open(TinyModels.Scene(0));
                return maker.Make([Request(source, "a street at night", 5)], CancellationToken.None)[0];
            })
            .ToArray();
        Assert.All(
            made,
            one => Assert.All(one.Picture.Rgb.Zip(made[0].Picture.Rgb), pair => Assert.InRange(pair.First - pair.Second, -1, 1))
        );
    }

    [Fact]
    public void Several_workers_make_the_same_bytes_as_one()
    {
        using var one = new ThreadScope(1);
        var made = new[] { 1, 3 }
            .Select(workers =>
            {
                var generator = new ImageGenerator(tiny.Generator.Model, tiny.Generator.Adapter) { Workers = workers };
                using var maker = new VariantMaker(generator, Guided, new VariantSizing());
                using var source = maker.Open(TinyModels.Scene(0));
                Assert.Equal(workers, maker.RequestsAtOnce(source));
                VariantRequest[] requests = [.. Enumerable.Range(0, 5).Select(seed => Request(source, "a street", (ulong)seed))];
                return maker.Make(requests, CancellationToken.None).Select(one => (one.Picture.Rgb, one.Agreement.Cells)).ToArray();
            })
            .ToArray();
        Assert.Equal(made[0].Select(one => one.Rgb), made[1].Select(one => one.Rgb));
        Assert.Equal(made[0].Select(one => one.Cells), made[1].Select(one => one.Cells));
    }

    [Fact]
    public void Small_networks_in_bfloat16_make_several_pictures_in_a_pass_with_the_bytes_of_each_alone()
    {
        Assert.SkipUnless(Processor.HasBFloat16, "This processor does not compute in bfloat16.");
        using var one = new ThreadScope(1);
        using var model = DiffusionModel.Load(tiny.Model, new Placement(torch.CPU, torch.ScalarType.BFloat16));
        using var adapter = LayoutAdapter.Load(Path.Combine(tiny.Model, "controlnet"), model);
        using var several = new VariantMaker(new ImageGenerator(model, adapter) { Workers = 2 }, Guided, new VariantSizing());
        using var alone = new VariantMaker(new ImageGenerator(model, adapter), Guided, new VariantSizing(Batch: 1));
        using SourcePicture day = several.Open(TinyModels.Scene(0)),
            other = several.Open(TinyModels.Scene(1));
        Assert.True(several.BatchSizeFor(day) > 1);
        VariantRequest[] requests =
        [
            .. Enumerable.Range(0, 7).Select(i => Request(i % 3 == 0 ? other : day, i % 2 == 0 ? "a street at night" : "fog", (ulong)i)),
        ];
        var together = several.Make(requests, CancellationToken.None);
        foreach (var (request, made) in requests.Zip(together))
        {
            var own = alone.Make([request], CancellationToken.None)[0];
            Assert.Equal(own.Picture.Rgb, made.Picture.Rgb);
            Assert.Equal(own.Agreement.Cells, made.Agreement.Cells);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(1, 2)]
    public void A_run_computes_on_as_many_threads_as_its_caller_whatever_other_threads_are_told(int threads, int workers)
    {
        using var own = new ThreadScope(threads);
        var other = new Thread(() => torch.set_num_threads(2)); // what threads begin with that are told nothing
        other.Start();
        other.Join();
        var output = tiny.Fresh();
        var generator = new ImageGenerator(tiny.Generator.Model, tiny.Generator.Adapter) { Workers = workers };
        var run = new DatasetAugmentation(generator, TinyGenerator.Prompts, TinyGenerator.Options).RunAsync(tiny.Dataset(), output);
        Assert.NotEmpty(run.ToBlockingEnumerable(CancellationToken.None));
        Assert.All(Manifest.Read(output), entry => Assert.Equal(workers > 1 ? 1 : threads, entry.Threads));
        Assert.Equal(threads, torch.get_num_threads());
    }

    [Fact]
    public void A_folder_that_an_earlier_version_began_is_finished_by_its_settings()
    {
        var (dataset, output) = (tiny.Dataset(), tiny.Fresh());
        var options = TinyGenerator.Options with
        {
            Generation = TinyGenerator.Options.Generation with { ControlGuidanceStart = 0.25, ControlGuidanceEnd = 0.5 },
        };
        tiny.Run(dataset, output, options with { Variants = 1 });
        var path = Path.Combine(output, "lumen", "augmentation.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Assert.Equal((0.25, 0.5), ((double)json["control_guidance_start"]!, (double)json["control_guidance_end"]!));
        json.Remove("control_guidance_start");
        json.Remove("control_guidance_end");
        json["control_guidance"] = "0,25 to 0,5";
        File.WriteAllText(path, json.ToJsonString());
        Assert.NotEmpty(tiny.Run(dataset, output, options with { Variants = 2 }));
        var other = options with { Generation = options.Generation with { ControlGuidanceEnd = 1 } };
        var fault = Assert.Throws<LumenException>(() => tiny.Run(dataset, output, other));
        Assert.Contains("control_guidance_end was 0.5 and is 1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layouts_of_several_pictures_in_one_pass_are_those_of_each_alone()
    {
        Picture[] scenes = [TinyModels.Scene(0, 45, 31), TinyModels.Scene(1, 45, 31), TinyModels.Scene(2, 45, 31)];
        using var together = tiny.Generator.ExtractLayouts(scenes);
        for (var i = 0; i < scenes.Length; i++)
        {
            using var alone = tiny.Generator.ExtractLayout(scenes[i], (45, 31));
            using var row = together[i];
            TensorAssert.Close(alone.Layout.Map, row, 1e-3, 1e-3);
        }
    }

    [Fact]
    public void Retries_and_sources_of_many_sizes_share_passes_and_give_the_same_bytes_in_any_shard()
    {
        var (dataset, trial, whole, shared) = (Sizes(), tiny.Fresh(), tiny.Fresh(), tiny.Fresh());
        tiny.Run(dataset, trial, TinyGenerator.Options with { Variants = 3 });
        var middle = Manifest.Read(trial).Select(entry => entry.Agreement).Order().ElementAt(6);
        var options = TinyGenerator.Options with { Variants = 3, MinAgreement = middle, Retries = 3 };
        tiny.Run(dataset, whole, options);
        foreach (var index in (int[])[2, 1])
            tiny.Run(dataset, shared, options with { Shard = (index, 2) });
        Assert.Equal(TinyGenerator.Files(whole), TinyGenerator.Files(shared));
        var entries = Manifest.Read(whole);
        Assert.Equal(
            entries.Select(entry => (entry with { Previous = null }).ToJson()),
            Manifest.Read(shared).Select(entry => (entry with { Previous = null }).ToJson())
        );
        Assert.Equal(12, entries.Count);
        Assert.Contains(entries, entry => entry.Attempt > 0);
        Assert.All(entries.Where(entry => entry.Item is not null), entry => Assert.True(entry.Agreement >= middle - 1e-6));
        Assert.All(entries, entry => Assert.Equal(1, entry.Batch));
    }

    [Fact]
    public void Only_pictures_of_one_size_and_conditioning_scale_share_a_batch()
    {
        using var maker = new VariantMaker(tiny.Generator, Guided, new VariantSizing());
        using SourcePicture small = maker.Open(TinyModels.Scene(0)),
            wide = maker.Open(TinyModels.Scene(1, 64, 32));
        var queue = new VariantQueue(_ => 2);
        foreach (var (source, number, scale) in new[] { (small, 0, 1), (wide, 1, 1), (small, 2, 1.25) })
            queue.Add(Request(source, "fog", 1) with { Number = number, ConditioningScale = scale });
        Assert.Null(queue.TakeFull());
        queue.Add(Request(small, "fog", 2) with { Number = 3 });
        Assert.Equal([0, 3], queue.TakeFull()!.Select(one => one.Number));
        Assert.Null(queue.TakeFull());
        Assert.Equal([1, 2], Enumerable.Range(0, 2).SelectMany(_ => queue.TakeRest()!).Select(one => one.Number).Order());
        Assert.Null(queue.TakeRest());
        Assert.Equal((1, 1), (maker.BatchSizeFor(small), maker.BatchSizeFor(wide)));
    }

    [Fact]
    public void A_label_that_cannot_be_read_costs_its_own_pictures_only()
    {
        var (dataset, output) = (tiny.Dataset("nyuv2"), tiny.Fresh());
        var label = dataset.Items("train").First().Labels.Single(label => label.Role == "labels");
        PngWriter.WriteGray8(dataset.FullPath(label.Name), 3, 2, new byte[6]);
        var results = tiny.Run(dataset, output, TinyGenerator.Options with { IgnoreBelow = 0.5 });
        Assert.Equal(4, results.Count(result => result.IsAccepted));
        Assert.All(
            results.Where(result => !result.IsAccepted),
            result => Assert.Contains("is 20 x 12 but labels/train/straße train 0.png is 3 x 2", result.Failure, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Work_beside_is_done_in_order_and_its_faults_are_thrown_where_work_is_given()
    {
        var done = new List<int>();
        using (var work = new BackgroundWork(2))
        {
            for (var number = 0; number < 20; number++)
            {
                var own = number;
                work.Add(() => done.Add(own));
            }
        }
        Assert.Equal(Enumerable.Range(0, 20), done);
        using var failing = new BackgroundWork(1);
        failing.Add(() => throw new LumenException("The disk is full."));
        Assert.Equal(
            "The disk is full.",
            Assert
                .Throws<LumenException>(() =>
                {
                    for (var number = 0; number < 10; number++)
                        failing.Add(() => done.Add(-1));
                    failing.Finish();
                })
                .Message
        );
        Assert.DoesNotContain(-1, done);
    }

    [Fact]
    public void Reading_ahead_keeps_the_order_throws_what_the_source_throws_and_stops_when_left()
    {
        Assert.Equal(Enumerable.Range(0, 50), ReadAhead.Of(Enumerable.Range(0, 50), 3));
        Assert.Equal("Broken.", Assert.Throws<LumenException>(() => ReadAhead.Of(Faulty(), 3).ToList()).Message);
        var taken = 0;
        Assert.Equal([0, 1], ReadAhead.Of(Endless(), 2).Take(2));
        Assert.InRange(taken, 2, 6);

        IEnumerable<int> Endless()
        {
            while (true)
                yield return taken++;
        }

        static IEnumerable<int> Faulty()
        {
            yield return 1;
            throw new LumenException("Broken.");
        }
    }

    private static VariantRequest Request(SourcePicture source, string prompt, ulong seed) =>
        new(source, new PromptChoice("", "", prompt, ""), seed, 1);

    private Dataset Sizes()
    {
        var folder = tiny.Fresh();
        foreach (var (width, height, index) in new[] { (32, 32, 0), (45, 31, 1), (32, 32, 2), (31, 50, 3) })
        {
            PngWriter.WriteRgb(Path.Combine(folder, "images", $"{index}.png"), TinyModels.Scene(index, width, height));
            PngWriter.WriteGray8(Path.Combine(folder, "labels", $"{index}.png"), width, height, new byte[width * height]);
        }
        return DatasetFormats.Open(folder);
    }
}
