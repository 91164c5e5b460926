using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Schedules;
using Lumen.Samples.Extension;
using Lumen.Testing;
using TorchSharp;
using Xunit;

namespace Lumen.Extension.Tests;

public sealed class OutsideSamplerTests(OutsideModel outside) : IClassFixture<OutsideModel>
{
    private static readonly GenerationOptions Options = new() { NumInferenceSteps = 4, GuidanceScale = 1 };

    [Fact]
    public void A_scheduler_config_that_names_an_outside_sampler_makes_pictures_with_it_and_with_its_own_entries()
    {
        var first = Pictures(outside.WithScheduler("order-1", "LinearMultistepScheduler", ("multistep_order", 1)), Options);
        var second = Pictures(outside.WithScheduler("order-2", "LinearMultistepScheduler"), Options);
        var ddim = Pictures(outside.Folder, Options);
        Assert.InRange(LargestDifference(ddim, first), 0, 1); // of order 1 it is DDIM, to rounding
        Assert.InRange(LargestDifference(ddim, second), 2, 255);
    }

    [Fact]
    public void A_model_takes_an_outside_sampler_by_its_short_name() =>
        Assert.Equal(
            Pictures(outside.WithScheduler("configured", "LinearMultistepScheduler"), Options),
            Pictures(outside.Folder, Options with { Scheduler = "lms" })
        );

    [Fact]
    public void The_second_order_is_exact_where_the_noise_is_a_linear_function_of_its_level()
    {
        // dx̂/dσ = a + b σ is integrated exactly by a method of order 2 but for its first step.
        var schedule = new NoiseSchedule(new SchedulerConfig()) { Samplers = OutsideModel.Registry.Samplers };
        var sampler = Sampler.Create("lms", schedule, 10);
        using var scope = torch.NewDisposeScope();
        var (x, history, expected) = (torch.tensor(new[] { 0.7f }).reshape(1, 1, 1, 1), StepHistory.Empty, 0.0);
        for (var index = 0; index < sampler.Timesteps.Count; index++)
        {
            var (from, to) = (SigmaAt(index), SigmaAt(index + 1));
            var before = x.item<float>() / Math.Sqrt(AlphaAt(index));
            expected =
                index == 0 ? before + (to - from) * (0.2 + 0.1 * from) : expected + 0.2 * (to - from) + 0.05 * (to * to - from * from);
            var output = torch.full([1, 1, 1, 1], (float)(0.2 + 0.1 * from));
            (x, history) = sampler.Step(output, index, x, history);
            Assert.Equal(expected, x.item<float>() / Math.Sqrt(AlphaAt(index + 1)), 1e-4 * Math.Max(1, Math.Abs(expected)));
        }

        double AlphaAt(int index) => index < sampler.Timesteps.Count ? schedule.AlphasCumprod[(int)sampler.Timesteps[index]] : 1;
        double SigmaAt(int index) => Math.Sqrt((1 - AlphaAt(index)) / AlphaAt(index));
    }

    [Fact]
    public void Without_the_registry_the_sampler_is_refused_by_name()
    {
        var folder = outside.WithScheduler("refused", "LinearMultistepScheduler");
        using var model = DiffusionModel.Load(folder, Placement.Reference);
        var fault = Assert.Throws<LumenException>(() => Options.NewSampler(model.Schedule));
        Assert.Contains("LinearMultistepScheduler", fault.Message, StringComparison.Ordinal);
        var own = outside.WithScheduler("own-entry", "LinearMultistepScheduler", ("multistep_order", 1));
        Assert.Contains(
            "multistep_order",
            Assert.Throws<LumenException>(() => DiffusionModel.Load(own, Placement.Reference)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "lms",
            Assert.Throws<LumenException>(() => OutsideModel.Registry.With(LinearMultistepSampler.Type)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_sampler_without_timesteps_is_refused_by_name_before_anything_runs()
    {
        var type = new SamplerType("EmptyScheduler", (schedule, steps, _) => new EmptySampler(schedule, steps)) { Names = [new("empty")] };
        var schedule = new NoiseSchedule(new SchedulerConfig()) { Samplers = SamplerRegistry.BuiltIn.With(type) };
        var fault = Assert.Throws<LumenException>(() => (Options with { Scheduler = "empty" }).NewSampler(schedule));
        Assert.Contains("The sampler empty gives no Timesteps for 4 steps", fault.Message, StringComparison.Ordinal);
        Assert.Equal((LumenErrorKind.Option, "Scheduler"), (fault.Kind, fault.Property));
    }

    private static byte[] Pictures(string folder, GenerationOptions options)
    {
        using var model = OutsideModel.Open(folder);
        return new ImageGenerator(model, null)
            .Generate(new GenerationRequest("a street in fog", null, TinyModels.Size, TinyModels.Size), options)[0]
            .Rgb;
    }

    private static int LargestDifference(byte[] one, byte[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Max();

    private sealed class EmptySampler(NoiseSchedule schedule, int steps) : Sampler(schedule, steps)
    {
        public override IReadOnlyList<double> Timesteps => [];

        public override (torch.Tensor Sample, StepHistory History) Step(
            torch.Tensor output,
            int step,
            torch.Tensor sample,
            StepHistory history,
            torch.Tensor? noise = null
        ) => (sample, history);
    }
}
