namespace Lumen.Models.Schedules;

/// <summary>The training timesteps that a sampler visits, by spacing. Source: diffusers <c>set_timesteps</c>.</summary>
public static class TimestepGrid
{
    /// <summary>Ascending timesteps, one for each step.</summary>
    /// <exception cref="LumenException">The number of steps does not fit the training timesteps.</exception>
    public static long[] Ascending(SchedulerConfig config, int steps)
    {
        var total = RequireSteps(config, steps);
        return Inside(
            config,
            steps,
            Enumerable
                .Range(0, steps)
                .Select(step =>
                    (config.TimestepSpacing ?? TimestepSpacing.Leading) switch
                    {
                        TimestepSpacing.Leading => (long)step * (total / steps) + config.StepsOffset,
                        TimestepSpacing.Linspace => Round(Even(step, steps, total - 1)),
                        _ => Trailing(step, steps, total),
                    }
                )
        );
    }

    /// <summary>The same without rounding, to float32, and with linspace for a default: the timesteps of Euler's method.</summary>
    public static double[] AscendingUnrounded(SchedulerConfig config, int steps)
    {
        var spacing = config.TimestepSpacing ?? TimestepSpacing.Linspace;
        if (spacing != TimestepSpacing.Linspace)
            return [.. Ascending(config with { TimestepSpacing = spacing }, steps).Select(timestep => (double)timestep)];
        var total = RequireSteps(config, steps);
        return [.. Enumerable.Range(0, steps).Select(step => (double)(float)Even(step, steps, total - 1))];
    }

    /// <summary>
    /// The timesteps of multistep solvers: as if one step more were made, without the lowest timestep; linspace is the default.
    /// </summary>
    /// <param name="config">The scheduler's configuration.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="count">How many of the lowest training timesteps may be visited.</param>
    public static long[] AscendingAboveFirst(SchedulerConfig config, int steps, int count)
    {
        var total = RequireSteps(config, steps);
        return Inside(
            config,
            steps,
            Enumerable
                .Range(1, steps)
                .Select(step =>
                    (config.TimestepSpacing ?? TimestepSpacing.Linspace) switch
                    {
                        TimestepSpacing.Leading => (long)step * (count / (steps + 1)) + config.StepsOffset,
                        TimestepSpacing.Linspace => Round(Even(step, steps + 1, count - 1)),
                        _ => Trailing(step - 1, steps, total) - (total - count),
                    }
                )
        );
    }

    private static int RequireSteps(SchedulerConfig config, int steps)
    {
        var total = config.TrainTimesteps;
        return steps >= 1 && steps <= total
            ? total
            : throw new LumenException(
                LumenErrorKind.Option,
                $"The number of steps must be 1...{total} (the training timesteps of this model) but is {steps}."
            );
    }

    private static long[] Inside(SchedulerConfig config, int steps, IEnumerable<long> timesteps)
    {
        long[] found = [.. timesteps];
        return found[0] >= 0 && found[^1] < config.TrainTimesteps
            ? found
            : throw new LumenException(
                LumenErrorKind.Option,
                $"{steps} steps with steps_offset {config.StepsOffset} leave the {config.TrainTimesteps} training timesteps: take "
                    + "fewer steps."
            );
    }

    private static double Even(int step, int points, int last) => points == 1 ? 0 : step * (last / (double)(points - 1));

    private static long Trailing(int step, int steps, int total) => Round(total - (steps - 1 - step) * (total / (double)steps)) - 1;

    // numpy rounds halves to even.
    private static long Round(double timestep) => (long)Math.Round(timestep, MidpointRounding.ToEven);
}
