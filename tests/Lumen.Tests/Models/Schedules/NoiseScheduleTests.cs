using Lumen.Core.Tensors;
using Lumen.Models.Schedules;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Schedules;

public sealed class NoiseScheduleTests
{
    [Theory]
    [InlineData(PredictionType.Epsilon)]
    [InlineData(PredictionType.VPrediction)]
    [InlineData(PredictionType.Sample)]
    public void The_training_target_leads_back_to_the_sample(PredictionType type)
    {
        using var scope = NewDisposeScope();
        var schedule = new NoiseSchedule(new SchedulerConfig { PredictionType = type });
        var (sample, noise) = (new RandomStream(1).Normal(3, 4, 5, 6), new RandomStream(2).Normal(3, 4, 5, 6));
        var timesteps = tensor(new long[] { 0, 300, 700 });
        var noisy = schedule.AddNoise(sample, noise, timesteps);
        var back = schedule.PredictOriginal(schedule.Target(sample, noise, timesteps), noisy, timesteps);
        TensorAssert.Close(sample, back, 1e-4, 1e-4);
    }

    [Fact]
    public void Signal_fades_with_every_timestep()
    {
        var kept = new NoiseSchedule(new SchedulerConfig { BetaSchedule = BetaSchedule.SquaredCosine }).AlphasCumprod;
        Assert.Equal(1000, kept.Count);
        Assert.All(kept.Zip(kept.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        Assert.InRange(kept[0], 0.99, 1);
    }

    [Fact]
    public void Zero_terminal_snr_keeps_the_beginning_and_ends_in_pure_noise()
    {
        var plain = new NoiseSchedule(new SchedulerConfig()).AlphasCumprod;
        var rescaled = new NoiseSchedule(new SchedulerConfig { RescaleBetasZeroSnr = true }).AlphasCumprod;
        Assert.Equal(plain[0], rescaled[0], 6);
        Assert.Equal(0, rescaled[^1]);
    }

    [Fact]
    public void A_timestep_outside_the_training_range_is_refused()
    {
        using var scope = NewDisposeScope();
        var schedule = new NoiseSchedule(new SchedulerConfig());
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.AddNoise(zeros(1, 2), zeros(1, 2), tensor(new[] { 1000L })));
        Assert.Throws<ArgumentException>(() => schedule.AddNoise(zeros(1, 2), zeros(1, 3), tensor(new[] { 0L })));
    }

    [Theory]
    [InlineData(PredictionType.Epsilon)]
    [InlineData(PredictionType.VPrediction)]
    [InlineData(PredictionType.Sample)]
    public void Min_snr_weights_are_one_weight_of_the_samples_error_whatever_is_predicted(PredictionType type)
    {
        using var scope = NewDisposeScope();
        const double Gamma = 5;
        var schedule = new NoiseSchedule(new SchedulerConfig { PredictionType = type });
        var timesteps = tensor(new long[] { 20, 100, 400, 900 });
        var (sample, noise) = (new RandomStream(1).Normal(4, 8), new RandomStream(2).Normal(4, 8));
        var guess = schedule.Target(sample, noise, timesteps) + 0.1 * new RandomStream(3).Normal(4, 8);
        var noisy = schedule.AddNoise(sample, noise, timesteps);
        var error = (schedule.PredictOriginal(guess, noisy, timesteps) - sample).square().mean([1]); // [B]
        var ratios = tensor(
            timesteps.data<long>().Select(t => (float)(schedule.AlphasCumprod[(int)t] / (1 - schedule.AlphasCumprod[(int)t]))).ToArray()
        );
        var weighted = (guess - schedule.Target(sample, noise, timesteps)).square().mean([1]) * schedule.MinSnrWeights(timesteps, Gamma);
        TensorAssert.Close(error * ratios.clamp(0, Gamma), weighted, 1e-4, 1e-3);
        TensorAssert.Close(
            weighted.mean(),
            DenoisingLoss.Of(guess, schedule.Target(sample, noise, timesteps), schedule, timesteps, Gamma),
            1e-6,
            1e-5
        );
        Assert.Equal(1, type == PredictionType.Epsilon ? schedule.MinSnrWeights(tensor(new[] { 999L }), Gamma).item<float>() : 1);
    }

    [Fact]
    public void Min_snr_weights_of_pure_noise_are_finite()
    {
        using var scope = NewDisposeScope();
        var last = tensor(new[] { 999L });
        var schedule = new NoiseSchedule(new SchedulerConfig { RescaleBetasZeroSnr = true, PredictionType = PredictionType.VPrediction });
        Assert.Equal(0, schedule.MinSnrWeights(last, 5).item<float>());
    }

    [Fact]
    public void Nothing_is_left_alive()
    {
        var schedule = new NoiseSchedule(new SchedulerConfig { PredictionType = PredictionType.VPrediction });
        using var x = zeros(2, 3);
        using var timesteps = tensor(new long[] { 1, 2 });
        TensorLeak.Check(() =>
        {
            schedule.AddNoise(x, x, timesteps).Dispose();
            schedule.Target(x, x, timesteps).Dispose();
            schedule.PredictOriginal(x, x, timesteps).Dispose();
        });
    }
}
