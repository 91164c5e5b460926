using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Denoising;
using Lumen.Testing;
using Lumen.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

/// <summary>Guidance in an interval, guidance of the layout's own, and deep features taken over from a step before.</summary>
[Collection(TinyModel.Name)]
public sealed class StepGuidanceTests(TinyModel tiny)
{
    private const string Prompt = "a street at night in fog";
    private static readonly GenerationOptions Options = new()
    {
        NumInferenceSteps = 4,
        Scheduler = "ddim",
        GuidanceScale = 3,
    };

    [Theory]
    [InlineData(3, 0, 1, "0123")]
    [InlineData(3, 0.25, 0.75, "12")]
    [InlineData(3, 0, 0.6, "01")]
    [InlineData(3, 0.5, 0.5, "")]
    [InlineData(1, 0, 1, "")]
    public void Guidance_acts_in_steps_that_lie_in_its_interval_as_a_whole(double scale, double start, double end, string guided)
    {
        var options = Options with { GuidanceScale = scale, GuidanceStart = start, GuidanceEnd = end };
        Assert.Equal(guided, string.Concat(Enumerable.Range(0, 4).Where(step => options.GuidesAt(step, 4))));
    }

    [Fact]
    public void Outside_its_interval_guidance_leaves_the_prompts_own_branch()
    {
        using var scope = NewDisposeScope();
        var (none, all) = (Walk(Options with { GuidanceScale = 1 }), Walk(Options));
        TensorAssert.Close(none[^1], Walk(Options with { GuidanceEnd = 0 })[^1], 1e-6, 0);
        var half = Walk(Options with { GuidanceEnd = 0.5 });
        TensorAssert.Close(all[1], half[1], 1e-6, 0);
        Assert.True((all[^1] - half[^1]).abs().max().item<float>() > 1e-3);
        Assert.True((none[^1] - half[^1]).abs().max().item<float>() > 1e-3);
    }

    // A deterministic step is linear in the denoiser's output, so latents after one step are linear in the scale.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Guidance_of_the_layout_is_the_line_through_with_and_without_it(double guidance)
    {
        using var scope = NewDisposeScope();
        var one = Options with { GuidanceScale = guidance };
        Tensor First(double scale) => Walk(one with { LayoutGuidanceScale = scale })[0];
        TensorAssert.Close(2 * First(1) - First(0), First(2), 1e-4, 0);
        TensorAssert.Close(First(1), Walk(one)[0], 0, 0);
        Assert.True((First(0) - First(1)).abs().max().item<float>() > 1e-4);
        if (guidance == 1)
            TensorAssert.Close(Walk(one with { ConditioningScale = 0 })[0], First(0), 1e-5, 0);
    }

    [Fact]
    public void Without_a_layout_its_guidance_changes_nothing()
    {
        using var scope = NewDisposeScope();
        TensorAssert.Close(
            Walk(Options with { ConditioningScale = 0 })[^1],
            Walk(Options with { ConditioningScale = 0, LayoutGuidanceScale = 2 })[^1],
            0,
            0
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_shallow_pass_at_the_same_latents_is_the_whole_pass(bool controlled)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (latents, timestep, context) = (
            new RandomStream(4).Normal(2, 4, 16, 16),
            tensor(new[] { 400L }),
            tiny.Model.Embed([Prompt, ""])
        );
        using var embedded = tiny.Adapter.Control.Embed(Condition().expand(2, -1, -1, -1));
        var residuals = controlled ? tiny.Adapter.Control.ResidualsOf(latents, timestep, context, embedded) : null;
        using var deep = new DeepFeatures();
        var whole = tiny.Model.UNet.Predict(latents, timestep, context, residuals, deep: deep);
        TensorAssert.Close(whole, tiny.Model.UNet.PredictShallow(latents, timestep, context, deep), 1e-6, 0);
        Assert.Throws<ArgumentException>(() =>
            tiny.Model.UNet.PredictShallow(latents.narrow(0, 0, 1), timestep, context.narrow(0, 0, 1), deep)
        );
        Assert.Throws<ArgumentException>(() => tiny.Model.UNet.PredictShallow(latents, timestep, context, new DeepFeatures()));
    }

    [Fact]
    public void Deep_features_are_taken_over_until_the_interval_ends_or_other_branches_lead()
    {
        using var scope = NewDisposeScope();
        var (whole, cached) = (Walk(Options), Walk(Options with { CacheInterval = 2 }));
        TensorAssert.Close(whole[0], cached[0], 0, 0);
        Assert.True((whole[1] - cached[1]).abs().max().item<float>() is > 1e-5f and < 1);

        // two steps, and the second one's branches are others: both are whole
        foreach (
            var options in new[]
            {
                Options with
                {
                    NumInferenceSteps = 2,
                    GuidanceEnd = 0.5,
                },
                Options with
                {
                    NumInferenceSteps = 2,
                    ControlGuidanceEnd = 0.5,
                },
                Options with
                {
                    NumInferenceSteps = 2,
                    ControlGuidanceEnd = 0.5,
                    LayoutGuidanceScale = 2,
                },
            }
        )
            TensorAssert.Close(Walk(options)[^1], Walk(options with { CacheInterval = 5 })[^1], 0, 0);
    }

    [Fact]
    public void All_of_it_works_in_tiles_and_keeps_no_memory()
    {
        var options = Options with { NumInferenceSteps = 3, GuidanceEnd = 0.7, LayoutGuidanceScale = 1.5, CacheInterval = 3 };
        var tiles = new TiledGenerator(tiny.Generator, 1);
        var scene = TinyModels.Scene(0, TinyRuns.Size, TinyRuns.Size);
        using var layout = tiles.ExtractLayout(scene);
        var request = GenerationRequest.For(layout, Prompt);
        Assert.Equal(tiny.Generator.Generate(request, options)[0].Rgb, tiles.Generate(request, options).Rgb);
        using var wide = tiles.ExtractLayout(TinyModels.Scene(0, TinyRuns.Size * 2, TinyRuns.Size));
        var large = GenerationRequest.For(wide, Prompt);
        Assert.NotEqual(tiles.Generate(large, options).Rgb, tiles.Generate(large, options with { CacheInterval = 1 }).Rgb);
        TensorLeak.Check(() => tiles.Generate(large, options), 2);
    }

    private static Tensor Condition() => new RandomStream(2).Normal(1, TinyRuns.Components, TinyRuns.Size, TinyRuns.Size);

    // Latents after every step.
    private List<Tensor> Walk(GenerationOptions options)
    {
        var loop = new DenoisingLoop(tiny.Model.UNet, tiny.Adapter.Control, tiny.Model.Schedule);
        var start = new DenoisingStart([new RandomStream(1)], [4, 16, 16]);
        return [.. loop.Run(start, tiny.Model.Embed([Prompt]), tiny.Model.Embed([""]), Condition(), options).Select(step => step.Latents)];
    }
}
