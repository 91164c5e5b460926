using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Research.Evaluation;
using Lumen.Scenes;
using Lumen.Testing;
using Lumen.Tests.Training;
using Lumen.Training.Data;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

[Collection(TinyModel.Name)]
public sealed class ImageGeneratorTests(TinyModel tiny)
{
    private static readonly GenerationOptions Options = new() { NumInferenceSteps = 3, Seed = 11 };
    private static readonly string[] Prompts = ["a street by day", "a street at night in fog", "a street at sunset in snow"];

    // which refuses this model's zero terminal SNR
    public static TheoryData<string> Samplers =>
        [.. Lumen.Models.Schedules.SamplerRegistry.BuiltIn.ShortNames.Where(name => name != "pndm")];

    private readonly IReadOnlyList<Picture> _references =
    [
        .. EvaluationScene.Render(new SceneSelection(SceneSplit.Test, 3, Size: TinyRuns.Size)).Select(scene => scene.Picture),
    ];

    [Fact]
    public void A_batch_of_requests_gives_what_each_gives_alone()
    {
        var requests = Requests();
        try
        {
            var together = tiny.Generator.GenerateBatch(requests, Options);
            Assert.Equal(3, together.Count);
            for (var i = 0; i < 3; i++)
                Near(tiny.Generator.Generate(requests[i], Options)[0], together[i]);
            Assert.NotEqual(together[0].Rgb, together[1].Rgb);
        }
        finally
        {
            foreach (var request in requests)
                request.Layout!.Dispose();
        }
    }

    [Theory]
    [InlineData("ddim")]
    [InlineData("euler_a")] // draws noise at every step
    public void Latents_do_not_depend_on_the_batch(string sampler)
    {
        var options = Options with { Scheduler = sampler };
        using var scope = NewDisposeScope();
        var start = DenoisingStart.Items(new RandomStream(1), 3, 4, 16, 16);
        var condition = new RandomStream(2).Normal(3, TinyRuns.Components, TinyRuns.Size, TinyRuns.Size);
        var context = tiny.Model.Embed(Prompts);
        var together = Run(start, context, condition, options)[^1];
        for (var i = 0; i < 3; i++)
        {
            var alone = Run(start with { Streams = [start.Streams[i]] }, context.narrow(0, i, 1), condition.narrow(0, i, 1), options)[^1];
            TensorAssert.Close(together.narrow(0, i, 1), alone, 1e-4, 0);
        }
    }

    [Fact]
    public void A_picture_does_not_depend_on_how_many_are_made_with_it()
    {
        var request = new GenerationRequest(Prompts[0], null, TinyRuns.Size, TinyRuns.Size);
        var three = tiny.Generator.Generate(request, Options with { Count = 3 });
        Near(three[2], tiny.Generator.Generate(request with { FirstItem = 2 }, Options)[0]);
        Assert.NotEqual(three[0].Rgb, three[1].Rgb);
    }

    [Theory]
    [InlineData("ddim")]
    [InlineData("dpmpp_3m_sde")]
    [InlineData("unipc")]
    public void The_loop_yields_every_step_and_can_be_left_midway(string sampler)
    {
        using var scope = NewDisposeScope();
        var start = new DenoisingStart([new RandomStream(1)], [4, 16, 16]);
        var context = tiny.Model.Embed([Prompts[0]]);
        Assert.Equal(5, Run(start, context, null, Options with { NumInferenceSteps = 5 }).Count);
        var loop = new DenoisingLoop(tiny.Model.UNet, null, tiny.Model.Schedule);
        TensorLeak.Check(() =>
        {
            foreach (var step in loop.Run(start, context, context, null, Options with { NumInferenceSteps = 5, Scheduler = sampler }))
            {
                step.Latents.Dispose();
                if (step.Index == 2)
                    break;
            }
        });
    }

    [Fact]
    public void A_signalled_stop_ends_generation_between_steps()
    {
        using var stop = new CancellationTokenSource();
        var steps = new Steps(stop);
        Assert.Throws<OperationCanceledException>(() =>
            tiny.Generator.Generate(
                new GenerationRequest(Prompts[0], null, TinyRuns.Size, TinyRuns.Size),
                Options with
                {
                    NumInferenceSteps = 5,
                },
                steps,
                stop.Token
            )
        );
        Assert.Equal(2, steps.Seen);
    }

    [Fact]
    public void Strength_zero_is_no_adapter_and_any_other_strength_is_not()
    {
        using var layout = tiny.Generator.ExtractLayout(_references[0]);
        var request = GenerationRequest.For(layout, Prompts[0]);
        var plain = new ImageGenerator(tiny.Model, null).Generate(request with { Layout = null }, Options)[0];
        Assert.Equal(plain.Rgb, tiny.Generator.Generate(request, Options with { ConditioningScale = 0 })[0].Rgb);
        using var scope = NewDisposeScope();
        var (start, context) = (new DenoisingStart([new RandomStream(1)], [4, 16, 16]), tiny.Model.Embed([Prompts[0]]));
        var condition = LayoutAdapter.Condition(layout.Layout.Map.unsqueeze(0), TinyRuns.Size, TinyRuns.Size);
        var off = Run(start, context, condition, Options with { ConditioningScale = 0 })[^1];
        Assert.False(off.Equals(Run(start, context, condition, Options)[^1]));
    }

    [Fact]
    public void The_same_picture_agrees_with_its_own_layout_completely()
    {
        using var layout = tiny.Generator.ExtractLayout(_references[0]);
        Assert.Equal(1, tiny.Generator.Agreement(_references[0], layout.Layout), 1e-4);
        Assert.True(tiny.Generator.Agreement(_references[1], layout.Layout) < 0.999);
    }

    [Fact]
    public void Any_size_is_padded_and_cropped_back()
    {
        var reference = Resizing.Cover(_references[0], 37, 50);
        using var layout = tiny.Generator.ExtractLayout(reference, (37, 50));
        Assert.Equal(0, layout.Padded.Picture.Width % tiny.Model.SizeMultiple);
        var result = tiny.Generator.Generate(GenerationRequest.For(layout, Prompts[0]), Options)[0];
        Assert.Equal((37, 50), (result.Width, result.Height));
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Every_sampler_makes_a_picture_of_its_own_that_the_seed_decides(string sampler)
    {
        var request = new GenerationRequest(Prompts[0], null, TinyRuns.Size, TinyRuns.Size);
        var options = Options with { Scheduler = sampler, NumInferenceSteps = 4 };
        var picture = tiny.Generator.Generate(request, options)[0];
        Assert.Equal(picture.Rgb, tiny.Generator.Generate(request, options)[0].Rgb);
        Assert.NotEqual(picture.Rgb, tiny.Generator.Generate(request, options with { Seed = 12 })[0].Rgb);
        if (sampler != "ddim")
            Assert.NotEqual(picture.Rgb, tiny.Generator.Generate(request, options with { Scheduler = "ddim" })[0].Rgb);
    }

    [Theory]
    [InlineData("ddim")]
    [InlineData("euler_a")]
    [InlineData("dpmpp_2m_karras")]
    public void The_fewer_steps_from_a_picture_the_more_of_it_stays(string sampler)
    {
        var request = new GenerationRequest(Prompts[0], null, TinyRuns.Size, TinyRuns.Size) { Initial = _references[1] };
        using var scope = NewDisposeScope();
        var kept = PictureTensor.ToPictures(tiny.Model.Decode(tiny.Model.Encode(PictureTensor.ToTensor(_references[1]))))[0];
        var options = Options with { Scheduler = sampler, NumInferenceSteps = 20 };
        double[] distances =
        [
            .. new[] { 0.1, 0.5, 1 }.Select(strength =>
                Distance(kept, tiny.Generator.Generate(request, options with { Strength = strength })[0])
            ),
        ];
        Assert.True(distances[0] < distances[1] && distances[1] < distances[2], $"{sampler}: {string.Join(" ", distances)}");
        var steps = new Steps(null);
        tiny.Generator.Generate(request, options with { Strength = 0.25 }, steps);
        Assert.Equal(5, steps.Seen);
    }

    [Fact]
    public void A_batch_that_begins_from_pictures_gives_what_each_gives_alone()
    {
        var requests = _references
            .Select(
                (picture, i) => new GenerationRequest(Prompts[i], null, TinyRuns.Size, TinyRuns.Size) { Initial = picture, FirstItem = i }
            )
            .ToArray();
        var options = Options with { NumInferenceSteps = 6, Strength = 0.5, Scheduler = "euler_a" };
        var together = tiny.Generator.GenerateBatch(requests, options);
        for (var i = 0; i < 3; i++)
            Near(tiny.Generator.Generate(requests[i], options)[0], together[i]);
        TensorLeak.Check(() => tiny.Generator.Generate(requests[0], options), 3);
        Assert.Throws<ArgumentException>(() => tiny.Generator.GenerateBatch([requests[0], requests[1] with { Initial = null }], options));
        Assert.Contains(
            "leaves none of 6 steps",
            Assert.Throws<LumenException>(() => tiny.Generator.Generate(requests[0], options with { Strength = 0.1 })).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Requests_that_cannot_share_a_batch_are_refused()
    {
        var request = new GenerationRequest(Prompts[0], null, 32, 32);
        Assert.Throws<ArgumentException>(() => tiny.Generator.GenerateBatch([], Options));
        Assert.Throws<ArgumentException>(() =>
            tiny.Generator.GenerateBatch([request, new GenerationRequest(Prompts[0], null, 64, 32)], Options)
        );
        using var layout = tiny.Generator.ExtractLayout(_references[0]);
        Assert.Throws<ArgumentException>(() => tiny.Generator.GenerateBatch([request, GenerationRequest.For(layout, Prompts[0])], Options));
    }

    [Fact]
    public void Options_out_of_range_are_refused_together()
    {
        var fault = Assert.Throws<LumenException>(() =>
            tiny.Generator.Generate(
                new GenerationRequest(Prompts[0], null, 32, 32),
                Options with
                {
                    NumInferenceSteps = 0,
                    ConditioningScale = -1,
                    GuidanceScale = 0.5,
                }
            )
        );
        foreach (
            var name in (string[])
                ["`NumInferenceSteps` must be 1 to 1000 but is 0", "`ConditioningScale` must be 0 to 2 but is -1", "`GuidanceScale`"]
        )
            Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generating_leaves_no_tensor_behind()
    {
        using var layout = tiny.Generator.ExtractLayout(_references[0]);
        var request = GenerationRequest.For(layout, Prompts[0]);
        TensorLeak.Check(() => tiny.Generator.Generate(request, Options with { NumInferenceSteps = 2 }), 3);
    }

    private GenerationRequest[] Requests() =>
        [
            .. _references
                .Zip(Prompts)
                .Select(
                    (pair, i) =>
                        new GenerationRequest(pair.Second, tiny.Generator.ExtractLayout(pair.First).Layout, TinyRuns.Size, TinyRuns.Size)
                        {
                            FirstItem = i,
                        }
                ),
        ];

    private List<Tensor> Run(DenoisingStart start, Tensor context, Tensor? condition, GenerationOptions options) =>
        [
            .. new DenoisingLoop(tiny.Model.UNet, tiny.Adapter.Control, tiny.Model.Schedule)
                .Run(start, context, context, condition, options)
                .Select(step => step.Latents),
        ];

    // Rounding to bytes may turn a difference of 1e-6 into one level.
    private static void Near(Picture want, Picture got) =>
        Assert.True(
            want.Rgb.Zip(got.Rgb).All(pair => Math.Abs(pair.First - pair.Second) <= 1),
            "The pictures differ by more than rounding."
        );

    private static double Distance(Picture one, Picture other) =>
        one.Rgb.Zip(other.Rgb).Average(pair => Math.Abs(pair.First - pair.Second));

    private sealed class Steps(CancellationTokenSource? stop) : IProgress<GenerationStep>
    {
        public int Seen { get; private set; }

        public void Report(GenerationStep value)
        {
            if (++Seen == 2)
                stop?.Cancel();
        }
    }
}
