using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Pseudo numerical methods for diffusion models (Liu et al. 2022): a linear multistep method of fourth order (PLMS), by default after a
/// Runge-Kutta start (PRK), which Stable Diffusion skips. Same numbers as diffusers <c>PNDMScheduler</c>. <see cref="Sampler.Timesteps"/>
/// is longer than the number of steps.
/// </summary>
public sealed class PndmSampler : Sampler
{
    private const int Order = 4;
    private readonly long[] _rungeKutta;
    private readonly double[] _timesteps;
    private readonly int _stride;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps: at least 2, with the Runge-Kutta start at least 4.</param>
    /// <exception cref="LumenException">The number of steps is out of range, or the denoiser predicts the sample itself.</exception>
    public PndmSampler(NoiseSchedule schedule, int steps)
        : base(schedule, steps)
    {
        var config = schedule.Config;
        var least = config.SkipPrkSteps ? 2 : Order;
        if (steps < least)
            throw new LumenException(LumenErrorKind.Option, $"PNDM needs at least {least} steps here but got {steps}.");
        if (config.PredictionType == PredictionType.Sample)
            throw new LumenException(
                LumenErrorKind.Option,
                "PNDM does not support prediction_type \"sample\": use epsilon or v_prediction."
            );
        if (config.RescaleBetasZeroSnr)
            throw new LumenException(LumenErrorKind.Option, "PNDM does not support rescale_betas_zero_snr: use DDIM.");
        var grid = TimestepGrid.Ascending(config, steps);
        _stride = config.TrainTimesteps / steps;
        _rungeKutta = config.SkipPrkSteps ? [] : RungeKutta(grid, _stride / 2);
        // The second PLMS timestep is evaluated twice: the first step is an improved Euler step.
        long[] multistep = config.SkipPrkSteps ? [.. grid[..^1], grid[^2], grid[^1]] : grid[..^(Order - 1)];
        _timesteps = [.. _rungeKutta, .. multistep.Reverse()];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => _timesteps;

    /// <summary>Beginning midway, the first timestep's successor is visited twice, as at the very beginning.</summary>
    /// <inheritdoc/>
    public override IReadOnlyList<int> Calls(int begin)
    {
        RequireStep(begin);
        if (begin == 0)
            return base.Calls(0);
        if (_rungeKutta.Length > 0)
            throw new LumenException(
                LumenErrorKind.Option,
                "PNDM with its Runge-Kutta start (skip_prk_steps false) cannot begin midway: use another sampler."
            );
        int[] calls = [.. Enumerable.Range(begin + 1, InferenceSteps - begin)]; // behind the doubled timestep, step k is call k + 1
        return calls.Length == 1 ? calls : [calls[0], calls[1], .. calls[1..]];
    }

    /// <inheritdoc/>
    public override (Tensor Sample, StepHistory History) Step(
        Tensor modelOutput,
        int index,
        Tensor sample,
        StepHistory history,
        Tensor? noise = null
    )
    {
        using var scope = NewDisposeScope();
        var output = modelOutput.to_type(ScalarType.Float32);
        var x = sample.to_type(ScalarType.Float32);
        var (next, after) =
            history.Steps < _rungeKutta.Length
                ? RungeKuttaStep(output, _timesteps[index], x, history)
                : MultistepStep(output, _timesteps[index], x, history);
        return (next.MoveToOuterDisposeScope(), after);
    }

    // Algorithm 2, PRK: four evaluations for each of three steps, at the beginning, twice in the middle and at the end of the interval.
    private (Tensor Next, StepHistory History) RungeKuttaStep(Tensor output, double timestep, Tensor sample, StepHistory history)
    {
        var stage = history.Steps % 4;
        var previous = timestep - (history.Steps % 2 == 0 ? _stride / 2 : 0);
        var from = _rungeKutta[history.Steps / 4 * 4];
        var start = stage == 0 ? sample : history.Sample!;
        var sum = stage == 0 ? output / 6 : history.Sum! + output / (stage == 3 ? 6 : 3);
        var next = Transfer(start, from, previous, stage == 3 ? sum : output);
        return (next, history.Then(stage == 0 ? [.. history.Outputs, output] : history.Outputs, Order, start, sum));
    }

    // Algorithm 2, PLMS: eq. 12 once three former outputs are there, lower orders before.
    private (Tensor Next, StepHistory History) MultistepStep(Tensor output, double timestep, Tensor sample, StepHistory history)
    {
        if (history.Steps == 1)
        {
            var mean = (output + history.Outputs[^1]) / 2;
            return (Transfer(history.Sample!, timestep + _stride, timestep, mean), history.Then(history.Outputs, Order));
        }
        Tensor[] e = [.. history.Outputs, output];
        var combined = e.Length switch
        {
            1 => e[^1],
            2 => (3 * e[^1] - e[^2]) / 2,
            3 => (23 * e[^1] - 16 * e[^2] + 5 * e[^3]) / 12,
            _ => (55 * e[^1] - 59 * e[^2] + 37 * e[^3] - 9 * e[^4]) / 24,
        };
        return (Transfer(sample, timestep, timestep - _stride, combined), history.Then(e, Order, history.Steps == 0 ? sample : null));
    }

    // Eq. 9 (the transfer part): x_t and the noise at t give x at an earlier timestep.
    private Tensor Transfer(Tensor sample, double timestep, double previous, Tensor output)
    {
        var endsAtOne = Schedule.Config.SetAlphaToOne ?? false;
        var alpha = AlphaCumprod(timestep, endsAtOne);
        var alphaPrevious = AlphaCumprod(previous, endsAtOne);
        var epsilon =
            Schedule.Config.PredictionType == PredictionType.VPrediction
                ? Math.Sqrt(alpha) * output + Math.Sqrt(1 - alpha) * sample
                : output;
        var divisor = alpha * Math.Sqrt(1 - alphaPrevious) + Math.Sqrt(alpha * (1 - alpha) * alphaPrevious);
        return Math.Sqrt(alphaPrevious / alpha) * sample - (alphaPrevious - alpha) / divisor * epsilon;
    }

    // a+h, a, a, then for each later interval its points twice: [last four timesteps, each also half a stride later], without the topmost,
    // inner ones doubled.
    private static long[] RungeKutta(long[] grid, int half)
    {
        var points = grid[^Order..].SelectMany(timestep => new[] { timestep, timestep + half }).SkipLast(1);
        return [.. points.SelectMany(point => new[] { point, point }).Skip(1).SkipLast(1).Reverse()];
    }
}
