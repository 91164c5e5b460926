using Lumen.Models.Schedules;
using Xunit;

namespace Lumen.Tests.Models.Schedules;

public sealed class SchedulerConfigTests
{
    [Fact]
    public void An_absent_entry_has_upstreams_default()
    {
        var config = SchedulerConfig.Parse("""{"_class_name": "DDIMScheduler"}""");
        Assert.Equal(new SchedulerConfig(), config);
        Assert.Null(config.ClipSample);
    }

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var config = new SchedulerConfig
        {
            ClassName = "PNDMScheduler",
            BetaStart = 0.00085,
            BetaEnd = 0.012,
            BetaSchedule = BetaSchedule.ScaledLinear,
            PredictionType = PredictionType.VPrediction,
            SetAlphaToOne = false,
            StepsOffset = 1,
            SkipPrkSteps = true,
            TimestepSpacing = TimestepSpacing.Trailing,
            VarianceType = "fixed_large",
            UseKarrasSigmas = true,
            UseLuLambdas = false,
            SigmaMin = 0.03,
            SigmaMax = 14,
            InterpolationType = "log_linear",
            FinalSigmasType = "sigma_min",
            AlgorithmType = "sde-dpmsolver++",
            SolverOrder = 3,
            SolverType = "heun",
            LowerOrderFinal = false,
            EulerAtFinal = true,
            LambdaMinClipped = -5.1,
            PredictX0 = false,
            OriginalInferenceSteps = 40,
            TimestepScaling = 9,
        };
        Assert.Equal(config, SchedulerConfig.Parse(config.ToJson()));
    }

    [Fact]
    public void Every_unsupported_value_is_named_in_one_message()
    {
        var fault = Assert.Throws<LumenException>(() =>
            SchedulerConfig.Parse(
                """{"beta_schedule": "sigmoid", "prediction_type": "flow", "beta_start": 2, "use_dreams": true, "steps_offset": "one"}"""
            )
        );
        foreach (var named in new[] { "sigmoid", "flow", "beta_start", "use_dreams", "steps_offset" })
            Assert.Contains(named, fault.Message);
    }

    [Fact]
    public void The_file_of_another_sampler_is_read_as_upstream_does()
    {
        var config = SchedulerConfig.Parse(
            """{"_class_name": "DPMSolverMultistepScheduler", "solver_order": 2, "algorithm_type": "dpmsolver++"}"""
        );
        Assert.Equal("DPMSolverMultistepScheduler", config.ClassName);
    }

    [Fact]
    public void What_Python_writes_for_no_limit_is_read()
    {
        var config = SchedulerConfig.Parse(
            """{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "sigma_min": null, "use_flow_sigmas": false, "flow_shift": 1.0}"""
        );
        Assert.Null(config.LambdaMinClipped);
    }

    [Fact]
    public void Entries_of_solvers_that_cannot_be_used_are_named_in_one_message()
    {
        var fault = Assert.Throws<LumenException>(() =>
            SchedulerConfig.Parse(
                """{"algorithm_type": "euler", "solver_order": 4, "use_beta_sigmas": true, "disable_corrector": [0.5], "original_inference_steps": 2000, "sigma_min": 0}"""
            )
        );
        foreach (
            var named in new[]
            {
                "algorithm_type",
                "solver_order",
                "use_beta_sigmas",
                "disable_corrector",
                "original_inference_steps",
                "sigma_min",
            }
        )
            Assert.Contains(named, fault.Message);
    }

    [Theory]
    [InlineData("use_exponential_sigmas", "true", "it is a setting of diffusers (noise levels spread evenly in log sigma)")]
    [InlineData("use_beta_sigmas", "true", "it is a setting of diffusers")]
    [InlineData("timestep_type", "\"continuous\"", "EDM")]
    [InlineData("shift", "3.0", "flow matching")]
    [InlineData("sigma_data", "0.5", "noise levels of their own")]
    [InlineData("use_dreams", "true", "is a setting which no scheduler of diffusers known here has: correct the name")]
    public void A_setting_that_would_change_pictures_is_refused_and_named_for_what_it_is(string name, string value, string sentence)
    {
        var fault = Assert.Throws<LumenException>(() =>
            SchedulerConfig.Parse($$"""{"_class_name": "EulerDiscreteScheduler", "{{name}}": {{value}}}""")
        );
        Assert.Contains($"{name}: ", fault.Message);
        Assert.Contains(sentence, fault.Message);
        Assert.DoesNotContain("leave it out", fault.Message);
    }

    [Fact]
    public void Settings_that_are_off_are_no_fault() =>
        SchedulerConfig.Parse(
            """{"use_exponential_sigmas": false, "use_beta_sigmas": null, "timestep_type": "discrete", "shift": 1.0, "shift_terminal": null, "flow_shift": 3.0, "_anything": 1}"""
        );

    [Fact]
    public void A_unipc_file_of_old_times_means_what_it_meant_then()
    {
        var old = SchedulerConfig.Parse(
            """{"_class_name": "UniPCMultistepScheduler", "_diffusers_version": "0.27.2", "rescale_betas_zero_snr": true}"""
        );
        Assert.Equal(("sigma_min", false), (old.FinalSigmasType, old.RescaleBetasZeroSnr));
        Assert.Equal(old, SchedulerConfig.Parse(old.ToJson()));
        var young = SchedulerConfig.Parse(
            """{"_class_name": "UniPCMultistepScheduler", "_diffusers_version": "0.35.1", "rescale_betas_zero_snr": true}"""
        );
        Assert.Equal((null, true), (young.FinalSigmasType, young.RescaleBetasZeroSnr));
        Assert.Equal(young with { FinalSigmasType = "zero" }, SchedulerConfig.Parse(young.ToJson()));
        var other = SchedulerConfig.Parse(
            """{"_class_name": "DDIMScheduler", "_diffusers_version": "0.27.2", "rescale_betas_zero_snr": true}"""
        );
        Assert.Equal((null, true), (other.FinalSigmasType, other.RescaleBetasZeroSnr));
    }

    [Fact]
    public void A_latent_consistency_scheduler_has_betas_of_its_own() =>
        Assert.Equal(
            (0.00085, 0.012),
            (
                SchedulerConfig.Parse("""{"_class_name": "LCMScheduler"}""").BetaStart,
                SchedulerConfig.Parse("""{"_class_name": "LCMScheduler"}""").BetaEnd
            )
        );

    [Fact]
    public void An_unknown_sampler_is_refused_with_the_known_ones()
    {
        var fault = Assert.Throws<LumenException>(() =>
            Sampler.Create("HeunDiscreteScheduler", new NoiseSchedule(new SchedulerConfig()), 10)
        );
        Assert.Contains("HeunDiscreteScheduler", fault.Message);
        Assert.Contains("DDIMScheduler", fault.Message);
    }
}
