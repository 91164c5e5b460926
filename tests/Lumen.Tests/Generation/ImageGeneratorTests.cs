using Lumen.Core;
using Lumen.Core.Imaging;
using Lumen.Core.Tensors;
using Lumen.Data;
using Lumen.Evaluation;
using Lumen.Generation;
using Lumen.Scenes;
using Lumen.Testing;
using Lumen.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

[Collection(TinyModel.Name)]
public sealed class ImageGeneratorTests(TinyModel tiny)
{
    private static readonly GenerationOptions Options = new() { Steps = 3, Seed = 11 };
    private static readonly string[] Prompts = ["a street by day", "a street at night in fog", "a street at sunset in snow"];
    private readonly IReadOnlyList<Picture> _references = [.. EvaluationScene.Render(new SceneSelection(SceneSplit.Test, 3, Size: TinyRuns.Size)).Select(scene => scene.Picture)];

    [Fact]
    public void A_batch_of_requests_gives_what_each_gives_alone()
    {
        var requests = Requests();
        try
        {
            var together = tiny.Generator.GenerateBatch(requests, Options);
            Assert.Equal(3, together.Count);
            for (var i = 0; i < 3; i++) Near(tiny.Generator.Generate(requests[i], Options)[0], together[i]);
            Assert.NotEqual(together[0].Rgb, together[1].Rgb);
        }
        finally
        {
            foreach (var request in requests) request.Layout!.Dispose();
        }
    }

    [Fact]
    public void Latents_do_not_depend_on_the_batch()
    {
        using var scope = NewDisposeScope();
        var noise = stack(Enumerable.Range(0, 3).Select(i => new RandomStream(1).For(i).Normal(4, 16, 16)));
        var condition = new RandomStream(2).Normal(3, TinyRuns.Components, TinyRuns.Size, TinyRuns.Size);
        var context = tiny.Model.Embed(Prompts);
        var together = Run(noise, context, condition, Options)[^1];
        for (var i = 0; i < 3; i++)
        {
            var alone = Run(noise.narrow(0, i, 1), context.narrow(0, i, 1), condition.narrow(0, i, 1), Options)[^1];
            TensorAssert.Close(together.narrow(0, i, 1), alone, 1e-4, 0);
        }
    }

    [Fact]
    public void A_picture_does_not_depend_on_how_many_are_made_with_it()
    {
        var request = new GenerationRequest(Prompts[0], null, TinyRuns.Size, TinyRuns.Size);
        var three = tiny.Generator.Generate(request with { Count = 3 }, Options);
        Near(three[2], tiny.Generator.Generate(request with { FirstItem = 2 }, Options)[0]);
        Assert.NotEqual(three[0].Rgb, three[1].Rgb);
    }

    [Fact]
    public void The_loop_yields_every_step_and_can_be_left_midway()
    {
        using var scope = NewDisposeScope();
        var noise = new RandomStream(1).Normal(1, 4, 16, 16);
        var context = tiny.Model.Embed([Prompts[0]]);
        Assert.Equal(5, Run(noise, context, null, Options with { Steps = 5 }).Count);
        var loop = new DenoisingLoop(tiny.Model.UNet, null, tiny.Model.Schedule);
        LeakCheck.Run(() =>
        {
            foreach (var step in loop.Run(noise, context, context, null, Options with { Steps = 5 }))
            {
                step.Latents.Dispose();
                if (step.Index == 2) break;
            }
        });
    }

    [Fact]
    public void A_signalled_stop_ends_generation_between_steps()
    {
        using var stop = new CancellationTokenSource();
        var steps = new Steps(stop);
        Assert.Throws<OperationCanceledException>(() =>
            tiny.Generator.Generate(new GenerationRequest(Prompts[0], null, TinyRuns.Size, TinyRuns.Size), Options with { Steps = 5 }, steps, stop.Token));
        Assert.Equal(2, steps.Seen);
    }

    [Fact]
    public void Strength_zero_is_no_adapter_and_any_other_strength_is_not()
    {
        using var layout = tiny.Generator.ExtractLayout(_references[0]);
        var request = GenerationRequest.For(layout, Prompts[0]);
        var plain = new ImageGenerator(tiny.Model, null).Generate(request with { Layout = null }, Options)[0];
        Assert.Equal(plain.Rgb, tiny.Generator.Generate(request, Options with { Strength = 0 })[0].Rgb);
        using var scope = NewDisposeScope();
        var (noise, context) = (new RandomStream(1).Normal(1, 4, 16, 16), tiny.Model.Embed([Prompts[0]]));
        var condition = LayoutAdapter.Condition(layout.Layout.Map.unsqueeze(0), TinyRuns.Size, TinyRuns.Size);
        var off = Run(noise, context, condition, Options with { Strength = 0 })[^1];
        Assert.False(off.Equals(Run(noise, context, condition, Options)[^1]));
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

    [Fact]
    public void Requests_that_cannot_share_a_batch_are_refused()
    {
        var request = new GenerationRequest(Prompts[0], null, 32, 32);
        Assert.Throws<ArgumentException>(() => tiny.Generator.GenerateBatch([], Options));
        Assert.Throws<ArgumentException>(() => tiny.Generator.GenerateBatch([request, new GenerationRequest(Prompts[0], null, 64, 32)], Options));
        using var layout = tiny.Generator.ExtractLayout(_references[0]);
        Assert.Throws<ArgumentException>(() => tiny.Generator.GenerateBatch([request, GenerationRequest.For(layout, Prompts[0])], Options));
    }

    [Fact]
    public void Options_out_of_range_are_refused_together()
    {
        var fault = Assert.Throws<LumenException>(() =>
            tiny.Generator.Generate(new GenerationRequest(Prompts[0], null, 32, 32), Options with { Steps = 0, Strength = -1, GuidanceScale = 0.5 }));
        foreach (var name in (string[])["--steps", "--strength", "--guidance-scale"]) Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generating_leaves_no_tensor_behind()
    {
        using var layout = tiny.Generator.ExtractLayout(_references[0]);
        var request = GenerationRequest.For(layout, Prompts[0]);
        LeakCheck.Run(() => tiny.Generator.Generate(request, Options with { Steps = 2 }), 3);
    }

    private GenerationRequest[] Requests() => [.. _references.Zip(Prompts).Select((pair, i) =>
        new GenerationRequest(pair.Second, tiny.Generator.ExtractLayout(pair.First).Layout, TinyRuns.Size, TinyRuns.Size) { FirstItem = i })];

    private List<Tensor> Run(Tensor noise, Tensor context, Tensor? condition, GenerationOptions options) =>
        [.. new DenoisingLoop(tiny.Model.UNet, tiny.Adapter.Control, tiny.Model.Schedule).Run(noise, context, context, condition, options).Select(step => step.Latents)];

    // Rounding to bytes may turn a difference of 1e-6 into one level.
    private static void Near(Picture want, Picture got) =>
        Assert.True(want.Rgb.Zip(got.Rgb).All(pair => Math.Abs(pair.First - pair.Second) <= 1), "The pictures differ by more than rounding.");

    private sealed class Steps(CancellationTokenSource stop) : IProgress<GenerationStep>
    {
        public int Seen { get; private set; }

        public void Report(GenerationStep value)
        {
            if (++Seen == 2) stop.Cancel();
        }
    }
}
