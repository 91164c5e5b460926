using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Testing;
using Lumen.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

/// <summary>Several pictures of one prompt: in one pass or several, one after the other or at once.</summary>
[Collection(TinyModel.Name)]
public sealed class PassTests(TinyModel tiny)
{
    [Theory]
    [InlineData("float32", "ddim")]
    [InlineData("bfloat16", "ddim")]
    [InlineData("bfloat16", "euler_a")]
    public void A_picture_has_the_same_bytes_however_many_are_made_with_it(string dtype, string scheduler)
    {
        using var one = new ThreadScope(1);
        using var model = DiffusionModel.Load(tiny.Runs.Model, Placement.Parse("cpu", dtype));
        using var adapter = LayoutAdapter.Load(Path.Combine(tiny.Runs.Model, "controlnet"), model);
        var generator = new ImageGenerator(model, adapter);
        using var layout = generator.ExtractLayout(TinyModels.Scene(0, 40, 40));
        var request = GenerationRequest.For(layout, "a street at night");
        var options = new GenerationOptions { NumInferenceSteps = 3, Scheduler = scheduler };
        var alone = Enumerable.Range(0, 17).Select(item => generator.Generate(request with { FirstItem = item }, options)[0].Rgb).ToArray();
        foreach (var workers in (int[])[1, 2, 3])
        {
            var several = new ImageGenerator(model, adapter) { Workers = workers };
            foreach (var count in (int[])[1, 2, 7, 8, 17])
                Assert.Equal(alone[..count], several.Generate(request, options with { Count = count }).Select(picture => picture.Rgb));
        }
    }

    [Fact]
    public void Passes_hold_as_many_pictures_as_were_asked_for_and_tell_of_all_steps()
    {
        var request = new GenerationRequest("a street", null, TinyRuns.Size, TinyRuns.Size);
        var steps = new Steps();
        var passes = tiny
            .Generator.GeneratePasses(
                request,
                new GenerationOptions
                {
                    NumInferenceSteps = 2,
                    Count = 5,
                    BatchSize = 2,
                },
                steps
            )
            .Select(pass => pass.Count)
            .ToArray();
        Assert.Equal([2, 2, 1], passes);
        Assert.Equal([1, 2, 3, 4, 5, 6], steps.Seen.Select(step => step.Index));
        Assert.All(steps.Seen, step => Assert.Equal(6, step.Total));
    }

    [Fact]
    public void Several_in_one_pass_differ_from_one_alone_by_rounding_at_most()
    {
        var request = new GenerationRequest("a street", null, TinyRuns.Size, TinyRuns.Size);
        var options = new GenerationOptions { NumInferenceSteps = 2, Count = 3 };
        var (alone, together) = (
            tiny.Generator.Generate(request, options),
            tiny.Generator.Generate(request, options with { BatchSize = 3 })
        );
        foreach (var (one, other) in alone.Zip(together))
            Assert.All(one.Rgb.Zip(other.Rgb), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    [Fact]
    public void A_fault_of_one_worker_ends_the_call_as_it_is()
    {
        var request = new GenerationRequest("a street", null, TinyRuns.Size, TinyRuns.Size);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var generator = new ImageGenerator(tiny.Model, tiny.Adapter) { Workers = 2 };
        Assert.Throws<OperationCanceledException>(() =>
            generator.Generate(request, new GenerationOptions { NumInferenceSteps = 1, Count = 4 }, null, stop.Token)
        );
    }

    [Fact]
    public void Components_and_size_of_the_options_are_those_of_the_request()
    {
        using var layout = tiny.Generator.ExtractLayout(TinyModels.Scene(0, TinyRuns.Size, TinyRuns.Size));
        using var first = layout.Layout.First(1);
        var options = new GenerationOptions
        {
            NumInferenceSteps = 2,
            Width = 37,
            Components = 1,
        };
        var request = tiny.Generator.RequestFor(layout.Layout, "a street", options);
        var picture = tiny.Generator.Generate(request, options)[0];
        Assert.Equal((37, 37), (picture.Width, picture.Height));
        Assert.Equal(tiny.Generator.Generate(request with { Layout = first }, options with { Components = null })[0].Rgb, picture.Rgb);
        Assert.Throws<ArgumentException>(() => tiny.Generator.Generate(request, options with { Width = 64 }));
    }

    [Fact]
    public void Every_piece_is_done_once_and_on_one_thread()
    {
        var done = new int[9];
        var threads = new int[9];
        ParallelCalls.Run(
            9,
            3,
            index =>
            {
                Interlocked.Increment(ref done[index]);
                threads[index] = get_num_threads();
            }
        );
        Assert.All(done, times => Assert.Equal(1, times));
        Assert.All(threads, number => Assert.Equal(1, number));
        Assert.Throws<LumenException>(() => ParallelCalls.Run(4, 2, index => throw new LumenException($"piece {index}")));
    }

    private sealed class Steps : IProgress<GenerationStep>
    {
        public List<(int Index, int Total)> Seen { get; } = [];

        public void Report(GenerationStep value) => Seen.Add((value.Index, value.Total));
    }
}
