using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// ᾱ of a configuration, in float32 step by step as upstream computes it: the product of a thousand factors amplifies another rounding.
/// </summary>
internal static class Betas
{
    public static double[] AlphasCumprod(SchedulerConfig config)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var betas = Of(config); // [T]
        if (config.RescaleBetasZeroSnr)
            betas = RescaleToZeroSnr(betas);
        return [.. (1 - betas).cumprod(0).data<float>().ToArray().Select(alpha => (double)alpha)];
    }

    private static Tensor Of(SchedulerConfig config)
    {
        var count = config.TrainTimesteps;
        if (config.TrainedBetas is { } given)
            return tensor(given.Select(beta => (float)beta).ToArray());
        return config.BetaSchedule switch
        {
            BetaSchedule.Linear => linspace(config.BetaStart, config.BetaEnd, count, ScalarType.Float32),
            BetaSchedule.ScaledLinear => linspace(Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd), count, ScalarType.Float32)
                .square(),
            _ => tensor(Enumerable.Range(0, count).Select(t => (float)Cosine(t, count)).ToArray()),
        };
    }

    // Nichol & Dhariwal 2021, eq. 17: β_t = 1 - ᾱ(t+1)/ᾱ(t), ᾱ(t) = cos²((t + 0.008)/1.008 · π/2) with t as a fraction.
    private static double Cosine(int timestep, int count)
    {
        return Math.Min(1 - AlphaBar((timestep + 1) / (double)count) / AlphaBar(timestep / (double)count), 0.999);

        static double AlphaBar(double fraction) => Math.Pow(Math.Cos((fraction + 0.008) / 1.008 * Math.PI / 2), 2);
    }

    // Lin et al. 2024, algorithm 1: shift √ᾱ so that its last value is 0, scale so that its first one stays.
    private static Tensor RescaleToZeroSnr(Tensor betas)
    {
        var root = (1 - betas).cumprod(0).sqrt();
        var (first, last) = (root[0], root[-1]);
        var kept = ((root - last) * (first / (first - last))).square();
        return 1 - cat([kept[..1], kept[1..] / kept[..^1]]);
    }
}
