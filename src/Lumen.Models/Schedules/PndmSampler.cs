using Lumen.Core;
using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Pseudo numerical methods for diffusion models (Liu et al. 2022): a linear multistep method of fourth order (PLMS), by default after a Runge-Kutta start
/// (PRK), which Stable Diffusion skips. Same numbers as diffusers <c>PNDMScheduler</c>. <see cref="Sampler.Timesteps"/> is longer than the number of steps.
/// </summary>
public sealed class PndmSampler : Sampler
{
    private const int Order = 4;
    private readonly long[] _rungeKutta;
    private readonly long[] _timesteps;
    private readonly int _stride;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps: at least 2, with the Runge-Kutta start at least 4.</param>
    /// <exception cref="LumenException">The number of steps is out of range, or the denoiser predicts the sample itself.</exception>
    public PndmSampler(NoiseSchedule schedule, int steps) : base(schedule, steps)
    {
        var config = schedule.Config;
        var least = config.SkipPrkSteps ? 2 : Order;
        if (steps < least) throw new LumenException($"PNDM needs at least {least} steps here but got {steps}.");
        if (config.PredictionType == PredictionType.Sample) throw new LumenException("PNDM does not support prediction_type \"sample\": use epsilon or v_prediction.");
        if (config.RescaleBetasZeroSnr) throw new LumenException("PNDM does not support rescale_betas_zero_snr: use DDIM.");
        var grid = TimestepGrid.Ascending(config, steps);
        _stride = config.TrainTimesteps / steps;
        _rungeKutta = config.SkipPrkSteps ? [] : RungeKutta(grid, _stride / 2);
        // The second PLMS timestep is evaluated twice: the first step is an improved Euler step.
        var multistep = config.SkipPrkSteps ? [.. grid[..^1], grid[^2], grid[^1]] : grid[..^(Order - 1)];
        _timesteps = [.. _rungeKutta, .. multistep.Reverse()];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Timesteps => _timesteps;

    /// <inheritdoc/>
    public override Tensor Step(Tensor modelOutput, int index, Tensor sample, StepHistory history, Tensor? noise = null)
    {
        using var scope = NewDisposeScope();
        var output = modelOutput.to_type(ScalarType.Float32);
        var x = sample.to_type(ScalarType.Float32);
        var next = history.Steps < _rungeKutta.Length ? RungeKuttaStep(output, _timesteps[index], x, history) : MultistepStep(output, _timesteps[index], x, history);
        history.Steps++;
        return next.MoveToOuterDisposeScope();
    }

    // Algorithm 2, PRK: four evaluations for each of three steps, at the beginning, twice in the middle and at the end of the interval.
    private Tensor RungeKuttaStep(Tensor output, long timestep, Tensor sample, StepHistory history)
    {
        var stage = history.Steps % 4;
        var previous = timestep - (history.Steps % 2 == 0 ? _stride / 2 : 0);
        var from = _rungeKutta[history.Steps / 4 * 4];
        if (stage == 0)
        {
            history.Remember(output, Order);
            history.Sample = sample;
            history.Sum = output / 6;
        }
        else
        {
            history.Sum = history.Sum! + output / (stage == 3 ? 6 : 3);
        }
        return Transfer(history.Sample!, from, previous, stage == 3 ? history.Sum! : output);
    }

    // Algorithm 2, PLMS: eq. 12 once three former outputs are there, lower orders before.
    private Tensor MultistepStep(Tensor output, long timestep, Tensor sample, StepHistory history)
    {
        if (history.Steps == 1)
        {
            var mean = (output + history.Outputs[^1]) / 2;
            return Transfer(history.Sample!, timestep + _stride, timestep, mean);
        }
        history.Remember(output, Order);
        if (history.Steps == 0) history.Sample = sample;
        var e = history.Outputs;
        var combined = e.Count switch
        {
            1 => e[^1],
            2 => (3 * e[^1] - e[^2]) / 2,
            3 => (23 * e[^1] - 16 * e[^2] + 5 * e[^3]) / 12,
            _ => (55 * e[^1] - 59 * e[^2] + 37 * e[^3] - 9 * e[^4]) / 24,
        };
        return Transfer(sample, timestep, timestep - _stride, combined);
    }

    // Eq. 9 (the transfer part): x_t and the noise at t give x at an earlier timestep.
    private Tensor Transfer(Tensor sample, long timestep, long previous, Tensor output)
    {
        var endsAtOne = Schedule.Config.SetAlphaToOne ?? false;
        var alpha = AlphaCumprod(timestep, endsAtOne);
        var alphaPrevious = AlphaCumprod(previous, endsAtOne);
        var epsilon = Schedule.Config.PredictionType == PredictionType.VPrediction ? Math.Sqrt(alpha) * output + Math.Sqrt(1 - alpha) * sample : output;
        var divisor = alpha * Math.Sqrt(1 - alphaPrevious) + Math.Sqrt(alpha * (1 - alpha) * alphaPrevious);
        return Math.Sqrt(alphaPrevious / alpha) * sample - (alphaPrevious - alpha) / divisor * epsilon;
    }

    // a+h, a, a, then for each later interval its points twice: [last four timesteps, each also half a stride later], without the topmost, inner ones doubled.
    private static long[] RungeKutta(long[] grid, int half)
    {
        var points = grid[^Order..].SelectMany(timestep => new[] { timestep, timestep + half }).SkipLast(1);
        return [.. points.SelectMany(point => new[] { point, point }).Skip(1).SkipLast(1).Reverse()];
    }
}
