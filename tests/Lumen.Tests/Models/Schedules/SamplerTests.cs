using Lumen.Core;
using Lumen.Core.Tensors;
using Lumen.Models.Schedules;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Schedules;

public sealed class SamplerTests
{
    private static readonly SchedulerConfig StableDiffusion = new()
    {
        BetaStart = 0.00085,
        BetaEnd = 0.012,
        BetaSchedule = BetaSchedule.ScaledLinear,
        ClipSample = false,
        SetAlphaToOne = false,
        StepsOffset = 1,
        SkipPrkSteps = true,
    };

    [Theory]
    [InlineData("ddim", 1)]
    [InlineData("ddim", 20)]
    [InlineData("pndm", 20)]
    public void A_perfect_denoiser_is_led_to_its_picture(string name, int steps)
    {
        using var scope = NewDisposeScope();
        var schedule = new NoiseSchedule(StableDiffusion with { SetAlphaToOne = true });
        var sampler = Sampler.Create(name, schedule, steps);
        var picture = new RandomStream(1).Normal(1, 4, 3, 3);
        var noise = new RandomStream(2).Normal(1, 4, 3, 3);
        var x = schedule.AddNoise(picture, noise, tensor(new[] { sampler.Timesteps[0] }));
        using var history = new StepHistory();
        for (var index = 0; index < sampler.Timesteps.Count; index++) x = sampler.Step(noise, index, x, history);
        TensorAssert.Close(picture, x, 1e-3, 1e-3);
    }

    [Fact]
    public void Steps_are_pure_and_leave_nothing_alive()
    {
        var sampler = Sampler.Create("pndm", new NoiseSchedule(StableDiffusion), 6);
        using var output = new RandomStream(1).Normal(1, 4, 3, 3);
        LeakCheck.Run(() => Walk(sampler, output).Dispose());
        using var first = Walk(sampler, output);
        using var second = Walk(sampler, output);
        TensorAssert.Same(first, second);
    }

    [Fact]
    public void Noise_is_asked_for_where_eta_needs_it()
    {
        using var scope = NewDisposeScope();
        using var history = new StepHistory();
        var sampler = Sampler.Create("DDIMScheduler", new NoiseSchedule(StableDiffusion), 5, new SamplerOptions { Eta = 0.5 });
        Assert.True(sampler.UsesNoise(0));
        Assert.Throws<ArgumentException>(() => sampler.Step(zeros(1, 4), 0, zeros(1, 4), history));
        Assert.False(Sampler.Create("DDIMScheduler", new NoiseSchedule(StableDiffusion), 5).UsesNoise(0));
    }

    [Fact]
    public void Clipping_and_dynamic_thresholding_bound_the_predicted_original()
    {
        using var scope = NewDisposeScope();
        var output = 3 * new RandomStream(1).Normal(2, 4, 8, 8);
        var sample = 3 * new RandomStream(2).Normal(2, 4, 8, 8);
        var clipped = Sampler.Create("ddim", new NoiseSchedule(StableDiffusion with { ClipSample = true, ClipSampleRange = 0.5 }), 5).PredictOriginal(output, 0, sample);
        Assert.InRange(clipped.abs().max().item<float>(), 0.4999f, 0.5f);
        var thresholded = Sampler.Create("ddim", new NoiseSchedule(StableDiffusion with { Thresholding = true, SampleMaxValue = 100 }), 5).PredictOriginal(output, 0, sample);
        Assert.InRange(thresholded.abs().max().item<float>(), 0.9999f, 1f);
        Assert.InRange(thresholded.abs().mean().item<float>(), 0.1f, 0.6f);
    }

    [Fact]
    public void Impossible_runs_are_refused()
    {
        Assert.Throws<LumenException>(() => Sampler.Create("ddim", new NoiseSchedule(StableDiffusion), 0));
        Assert.Throws<LumenException>(() => Sampler.Create("ddim", new NoiseSchedule(StableDiffusion), 1001));
        Assert.Throws<LumenException>(() => Sampler.Create("pndm", new NoiseSchedule(StableDiffusion), 1));
        Assert.Throws<LumenException>(() => Sampler.Create("ddim", new NoiseSchedule(StableDiffusion), 5, new SamplerOptions { Eta = 2 }));
        Assert.Throws<LumenException>(() => Sampler.Create("pndm", new NoiseSchedule(StableDiffusion with { PredictionType = PredictionType.Sample }), 5));
        var pure = new NoiseSchedule(StableDiffusion with { RescaleBetasZeroSnr = true, TimestepSpacing = TimestepSpacing.Trailing });
        Assert.Contains("pure noise", Assert.Throws<LumenException>(() => Sampler.Create("ddim", pure, 5)).Message);
    }

    [Fact]
    public void Trailing_spacing_gives_as_many_timesteps_as_steps()
    {
        var schedule = new NoiseSchedule(StableDiffusion with { TimestepSpacing = TimestepSpacing.Trailing });
        foreach (var steps in new[] { 7, 61, 103, 1000 })
        {
            var timesteps = Sampler.Create("ddim", schedule, steps).Timesteps;
            Assert.Equal(steps, timesteps.Count);
            Assert.Equal(999, timesteps[0]);
            Assert.True(timesteps[^1] >= 0);
        }
    }

    private static Tensor Walk(Sampler sampler, Tensor output)
    {
        using var scope = NewDisposeScope();
        using var history = new StepHistory();
        var x = output * 1;
        for (var index = 0; index < sampler.Timesteps.Count; index++) x = sampler.Step(output, index, x, history);
        return x.MoveToOuterDisposeScope();
    }
}
