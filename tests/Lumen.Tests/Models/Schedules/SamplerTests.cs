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

    public static TheoryData<string> Names => [.. SamplerRegistry.BuiltIn.ShortNames];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_perfect_denoiser_is_led_to_its_picture(string name)
    {
        foreach (var type in Enum.GetValues<PredictionType>())
        {
            if (type != PredictionType.Epsilon && name == "pndm")
                continue; // it averages outputs of different timesteps, which differ then
            foreach (var begin in new[] { 0, 5, 19 })
                PerfectWalk(name, type, (20, begin));
        }
    }

    [Fact]
    public void One_step_is_enough_for_a_perfect_denoiser()
    {
        foreach (var name in new[] { "ddim", "ddpm", "euler_karras", "dpmpp_2m", "dpmpp_3m_sde", "unipc", "lcm" })
            PerfectWalk(name, PredictionType.Epsilon, (1, 0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_are_pure_and_leave_nothing_alive(string name)
    {
        var sampler = Sampler.Create(name, new NoiseSchedule(StableDiffusion), 6);
        using var output = new RandomStream(1).Normal(1, 4, 3, 3);
        using var before = output.clone();
        TensorLeak.Check(() => Walk(sampler, output).Dispose());
        using var first = Walk(sampler, output);
        using var second = Walk(sampler, output);
        TensorAssert.Same(first, second);
        TensorAssert.Same(before, output);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_step_can_be_taken_again_from_the_same_history(string name)
    {
        using var scope = NewDisposeScope();
        var sampler = Sampler.Create(name, new NoiseSchedule(StableDiffusion), 6);
        var (x, noise) = (new RandomStream(1).Normal(1, 4, 3, 3), new RandomStream(2).Normal(1, 4, 3, 3));
        var history = StepHistory.Empty;
        for (var index = 0; index < sampler.Timesteps.Count; index++)
        {
            var output = new RandomStream(3).For(index).Normal(1, 4, 3, 3);
            var (once, after) = sampler.Step(output, index, x, history, noise);
            var (again, afterAgain) = sampler.Step(output, index, x, history, noise);
            TensorAssert.Same(once, again);
            history.Dispose();
            afterAgain.Dispose();
            (x, history) = (once, after);
        }
        history.Dispose();
        Assert.Equal((0, true), (StepHistory.Empty.Steps, x.isfinite().all().item<bool>()));
    }

    [Theory]
    [InlineData("dpmpp_2m_karras", "euler_karras")]
    [InlineData("unipc", "dpmpp_3m")]
    public void Samplers_agree_where_steps_are_many(string name, string other)
    {
        using var scope = NewDisposeScope();
        using var first = Flow(name, 200);
        using var second = Flow(other, 200);
        TensorAssert.Close(first, second, 0.03, 0.03);
        using var coarse = Flow(name, 2);
        Assert.Throws<InvalidOperationException>(() => TensorAssert.Close(first, coarse, 0.03, 0.03));
    }

    [Fact]
    public void Noise_is_asked_for_where_eta_needs_it()
    {
        using var scope = NewDisposeScope();
        var sampler = Sampler.Create("DDIMScheduler", new NoiseSchedule(StableDiffusion), 5, new SamplerOptions { Eta = 0.5 });
        Assert.True(sampler.UsesNoise(0));
        Assert.Throws<ArgumentException>(() => sampler.Step(zeros(1, 4), 0, zeros(1, 4), StepHistory.Empty));
        Assert.False(Sampler.Create("DDIMScheduler", new NoiseSchedule(StableDiffusion), 5).UsesNoise(0));
    }

    [Fact]
    public void Clipping_and_dynamic_thresholding_bound_the_predicted_original()
    {
        using var scope = NewDisposeScope();
        var output = 3 * new RandomStream(1).Normal(2, 4, 8, 8);
        var sample = 3 * new RandomStream(2).Normal(2, 4, 8, 8);
        var clipped = Sampler
            .Create("ddim", new NoiseSchedule(StableDiffusion with { ClipSample = true, ClipSampleRange = 0.5 }), 5)
            .PredictOriginal(output, 0, sample);
        Assert.InRange(clipped.abs().max().item<float>(), 0.4999f, 0.5f);
        var thresholded = Sampler
            .Create("ddim", new NoiseSchedule(StableDiffusion with { Thresholding = true, SampleMaxValue = 100 }), 5)
            .PredictOriginal(output, 0, sample);
        Assert.InRange(thresholded.abs().max().item<float>(), 0.9999f, 1f);
        Assert.InRange(thresholded.abs().mean().item<float>(), 0.1f, 0.6f);
    }

    [Fact]
    public void Impossible_runs_are_refused()
    {
        Assert.Throws<LumenException>(() => Sampler.Create("ddim", new NoiseSchedule(StableDiffusion), 0));
        Assert.Throws<LumenException>(() => Sampler.Create("ddim", new NoiseSchedule(StableDiffusion), 1001));
        Assert.Throws<LumenException>(() => Sampler.Create("pndm", new NoiseSchedule(StableDiffusion), 1));
        Assert.Contains(
            "acts in ddim only",
            Assert
                .Throws<LumenException>(() =>
                    Sampler.Create("euler", new NoiseSchedule(StableDiffusion), 5, new SamplerOptions { Eta = 0.5 })
                )
                .Message
        );
        Assert.Throws<LumenException>(() =>
            Sampler.Create("euler", new NoiseSchedule(StableDiffusion), 5, new SamplerOptions { Churn = -1 })
        );
        Assert.Throws<LumenException>(() => Sampler.Create("ddim", new NoiseSchedule(StableDiffusion), 5, new SamplerOptions { Eta = 2 }));
        Assert.Throws<LumenException>(() =>
            Sampler.Create("pndm", new NoiseSchedule(StableDiffusion with { PredictionType = PredictionType.Sample }), 5)
        );
        Assert.Contains(
            "original_inference_steps",
            Assert.Throws<LumenException>(() => Sampler.Create("lcm", new NoiseSchedule(StableDiffusion), 51)).Message
        );
        Assert.Contains(
            "steps_offset",
            Assert
                .Throws<LumenException>(() =>
                    Sampler.Create(
                        "euler",
                        new NoiseSchedule(StableDiffusion with { TimestepSpacing = TimestepSpacing.Leading, StepsOffset = 999 }),
                        2
                    )
                )
                .Message
        );
        Assert.Contains(
            "same noise level",
            Assert.Throws<LumenException>(() => Sampler.Create("dpmpp_2m", new NoiseSchedule(StableDiffusion), 1000)).Message
        );
        Assert.Contains(
            "learned",
            Assert
                .Throws<LumenException>(() =>
                    Sampler.Create("ddpm", new NoiseSchedule(StableDiffusion with { VarianceType = "learned" }), 5)
                )
                .Message
        );
        Assert.Contains(
            "sigma_min",
            Assert
                .Throws<LumenException>(() =>
                    Sampler.Create(
                        "DPMSolverMultistepScheduler",
                        new NoiseSchedule(StableDiffusion with { AlgorithmType = "dpmsolver" }),
                        5
                    )
                )
                .Message
        );
        Assert.Contains(
            "predict_x0",
            Assert
                .Throws<LumenException>(() => Sampler.Create("unipc", new NoiseSchedule(StableDiffusion with { PredictX0 = false }), 5))
                .Message
        );
        Assert.Contains(
            "learned_range",
            Assert
                .Throws<LumenException>(() =>
                    Sampler.Create("dpmpp_2m", new NoiseSchedule(StableDiffusion with { VarianceType = "learned_range" }), 5)
                )
                .Message
        );
        Assert.Contains(
            "midway",
            Assert
                .Throws<LumenException>(() =>
                    Sampler.Create("pndm", new NoiseSchedule(StableDiffusion with { SkipPrkSteps = false }), 5).Calls(2)
                )
                .Message
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler.Create("ddim", new NoiseSchedule(StableDiffusion), 5).Calls(5));
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

    [Fact]
    public void Karras_spacing_has_its_smallest_and_largest_noise_at_the_ends()
    {
        var sigmas = Sampler.Create("dpmpp_2m_karras", new NoiseSchedule(StableDiffusion), 10).Sigmas;
        Assert.Equal((14.6146, 0.0292, 0.0), (Math.Round(sigmas[0], 4), Math.Round(sigmas[^2], 4), sigmas[^1]));
        Assert.All(sigmas.Zip(sigmas.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        Assert.NotEqual(sigmas, Sampler.Create("dpmpp_2m", new NoiseSchedule(StableDiffusion), 10).Sigmas);
    }

    [Fact]
    public void Karras_spacing_on_zero_terminal_snr_spends_its_steps_on_pure_noise()
    {
        var schedule = new NoiseSchedule(
            StableDiffusion with
            {
                RescaleBetasZeroSnr = true,
                PredictionType = PredictionType.VPrediction,
                TimestepSpacing = TimestepSpacing.Trailing,
            }
        );
        Assert.Equal(4096, Sampler.Create("dpmpp_2m_karras", schedule, 10).Sigmas[0], 0.01);
        Assert.Equal((6, 1), (Above("dpmpp_2m_karras"), Above("dpmpp_2m")));

        int Above(string name) => Sampler.Create(name, schedule, 10).Sigmas.Count(sigma => sigma > 20);
    }

    [Theory]
    [InlineData("UniPCMultistepScheduler", null, false, 0.0)]
    [InlineData("UniPCMultistepScheduler", "zero", true, 0.0)]
    [InlineData("UniPCMultistepScheduler", "sigma_min", false, 0.0292)]
    [InlineData("UniPCMultistepScheduler", "sigma_min", true, 0.0292)]
    [InlineData("EulerDiscreteScheduler", null, false, 0.0)]
    [InlineData("EulerDiscreteScheduler", "sigma_min", false, 0.0292)]
    [InlineData("EulerDiscreteScheduler", "sigma_min", true, 0.0292)]
    [InlineData("DPMSolverMultistepScheduler", "sigma_min", true, 0.0292)]
    public void The_last_noise_level_is_the_one_that_the_configuration_names(string name, string? final, bool karras, double level)
    {
        var sampler = Sampler.Create(
            name,
            new NoiseSchedule(StableDiffusion with { FinalSigmasType = final, UseKarrasSigmas = karras }),
            8
        );
        Assert.Equal(level, sampler.Sigmas[^1], 4);
        Assert.All(Enumerable.Range(0, 8), index => Assert.True(sampler.Sigmas[index] > level - 1e-4));
    }

    [Theory]
    [InlineData("EulerDiscreteScheduler")]
    [InlineData("DPMSolverMultistepScheduler")]
    [InlineData("UniPCMultistepScheduler")]
    public void The_karras_spread_runs_between_the_noise_levels_that_the_configuration_names(string name)
    {
        var sigmas = Sampler
            .Create(name, new NoiseSchedule(StableDiffusion with { UseKarrasSigmas = true, SigmaMin = 0.5, SigmaMax = 8 }), 6)
            .Sigmas;
        Assert.Equal(
            (8, 0.5, 0),
            (sigmas[0], sigmas[^2], sigmas[^1]),
            (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-5 && Math.Abs(a.Item2 - b.Item2) < 1e-5 && a.Item3 == b.Item3
        );
    }

    [Fact]
    public void Unipc_begins_at_pure_noise_where_the_schedule_does_and_ends_without_any()
    {
        var schedule = new NoiseSchedule(
            StableDiffusion with
            {
                RescaleBetasZeroSnr = true,
                PredictionType = PredictionType.VPrediction,
                TimestepSpacing = TimestepSpacing.Trailing,
            }
        );
        var sigmas = Sampler.Create("unipc", schedule, 8).Sigmas;
        Assert.Equal((4096, 0), (Math.Round(sigmas[0]), sigmas[^1]));
        Assert.Contains(
            "lower_order_final",
            Assert
                .Throws<LumenException>(() =>
                    Sampler.Create("unipc", new NoiseSchedule(StableDiffusion with { LowerOrderFinal = false }), 8)
                )
                .Message
        );
    }

    [Fact]
    public void Churn_needs_noise_between_its_limits_only()
    {
        var schedule = new NoiseSchedule(StableDiffusion);
        var sampler = Sampler.Create("euler", schedule, 10, new SamplerOptions { Churn = 2, ChurnRange = (1, 5) });
        Assert.Equal(sampler.Sigmas.SkipLast(1).Select(sigma => sigma is >= 1 and <= 5), Enumerable.Range(0, 10).Select(sampler.UsesNoise));
        Assert.False(Sampler.Create("euler", schedule, 10).UsesNoise(3));
    }

    // The noise is known at every step: what is left at the end is the picture.
    private static void PerfectWalk(string name, PredictionType type, (int Steps, int Begin) part)
    {
        using var scope = NewDisposeScope();
        var schedule = new NoiseSchedule(
            StableDiffusion with
            {
                SetAlphaToOne = true,
                PredictionType = type,
                TimestepSpacing = TimestepSpacing.Trailing,
                StepsOffset = 0,
            }
        );
        var sampler = Sampler.Create(name, schedule, part.Steps);
        var (picture, noise) = (new RandomStream(1).Normal(1, 4, 3, 3), new RandomStream(2).Normal(1, 4, 3, 3));
        var calls = sampler.Calls(part.Begin);
        var x = sampler.AddNoise(picture, noise, calls[0]);
        var history = StepHistory.Empty;
        foreach (var index in calls)
        {
            // Whatever the sample is, the denoiser says what leads from it to the picture.
            var (output, seen) = (zeros(0), sampler.ScaleInput(x, index));
            var alpha =
                sampler.Sigmas.Count == 0
                    ? schedule.AlphasCumprod[(int)sampler.Timesteps[index]]
                    : 1 / (sampler.Sigmas[index] * sampler.Sigmas[index] + 1);
            var epsilon = (seen - Math.Sqrt(alpha) * picture) / Math.Sqrt(1 - alpha);
            output = type switch
            {
                PredictionType.Epsilon => epsilon,
                PredictionType.VPrediction => Math.Sqrt(alpha) * epsilon - Math.Sqrt(1 - alpha) * picture,
                _ => picture,
            };
            TensorAssert.Close(picture, sampler.PredictOriginal(output, index, x), 2e-3, 1e-3, $"{name} {type}");
            var (next, after) = sampler.Step(output, index, x, history, zeros(1, 4, 3, 3));
            history.Dispose();
            (x, history) = (next, after);
        }
        history.Dispose();
        var left = sampler.Sigmas.Count > 0 ? sampler.Sigmas[^1] : 0;
        TensorAssert.Close(picture, x, 5e-3 + 4 * left, 1e-3, $"{name} {type} from {part.Begin}");
    }

    // The probability flow of data with deviation 0.5, whose perfect denoiser is known: it ends where the noise led to, whatever the
    // sampler.
    private static Tensor Flow(string name, int steps)
    {
        using var scope = NewDisposeScope();
        var sampler = Sampler.Create(name, new NoiseSchedule(StableDiffusion), steps);
        var x = new RandomStream(5).Normal(1, 4, 3, 3) * sampler.InitialNoiseSigma;
        var history = StepHistory.Empty;
        for (var index = 0; index < sampler.Timesteps.Count; index++)
        {
            var alpha = 1 / (sampler.Sigmas[index] * sampler.Sigmas[index] + 1);
            var seen = sampler.ScaleInput(x, index);
            var (next, after) = sampler.Step(seen * (Math.Sqrt(1 - alpha) / (alpha * 0.25 + 1 - alpha)), index, x, history);
            history.Dispose();
            (x, history) = (next, after);
        }
        history.Dispose();
        return x.MoveToOuterDisposeScope();
    }

    private static Tensor Walk(Sampler sampler, Tensor output)
    {
        using var scope = NewDisposeScope();
        var history = StepHistory.Empty;
        var x = output * 1;
        for (var index = 0; index < sampler.Timesteps.Count; index++)
        {
            var (next, after) = sampler.Step(output, index, x, history, output);
            history.Dispose();
            (x, history) = (next, after);
        }
        history.Dispose();
        return x.MoveToOuterDisposeScope();
    }
}
