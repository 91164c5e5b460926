using Lumen.Core;
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
        };
        Assert.Equal(config, SchedulerConfig.Parse(config.ToJson()));
    }

    [Fact]
    public void Every_unsupported_value_is_named_in_one_message()
    {
        var fault = Assert.Throws<LumenException>(() => SchedulerConfig.Parse(
            """{"beta_schedule": "sigmoid", "prediction_type": "flow", "beta_start": 2, "use_dreams": true, "steps_offset": "one"}"""));
        foreach (var named in new[] { "sigmoid", "flow", "beta_start", "use_dreams", "steps_offset" }) Assert.Contains(named, fault.Message);
    }

    [Fact]
    public void The_file_of_another_sampler_is_read_as_upstream_does()
    {
        var config = SchedulerConfig.Parse("""{"_class_name": "DPMSolverMultistepScheduler", "solver_order": 2, "algorithm_type": "dpmsolver++"}""");
        Assert.Equal("DPMSolverMultistepScheduler", config.ClassName);
    }

    [Fact]
    public void An_unknown_sampler_is_refused_with_the_known_ones()
    {
        var fault = Assert.Throws<LumenException>(() => Sampler.Create("HeunDiscreteScheduler", new NoiseSchedule(new SchedulerConfig()), 10));
        Assert.Contains("HeunDiscreteScheduler", fault.Message);
        Assert.Contains("DDIMScheduler", fault.Message);
    }
}
