using Lumen.Core;

namespace Lumen.Models.Schedules;

/// <summary>The training timesteps that a sampler visits, by spacing. Source: diffusers <c>set_timesteps</c>.</summary>
internal static class TimestepGrid
{
    /// <summary>Ascending timesteps, one for each step.</summary>
    public static long[] Ascending(SchedulerConfig config, int steps)
    {
        var total = config.TrainTimesteps;
        if (steps < 1 || steps > total) throw new LumenException($"The number of steps must be 1...{total} (the training timesteps of this model) but is {steps}.");
        var spacing = config.TimestepSpacing ?? TimestepSpacing.Leading;
        var timesteps = Enumerable.Range(0, steps).Select(step => spacing switch
        {
            TimestepSpacing.Leading => (long)step * (total / steps) + config.StepsOffset,
            TimestepSpacing.Linspace => steps == 1 ? 0 : Round(step * ((total - 1) / (double)(steps - 1))),
            _ => Round(total - (steps - 1 - step) * (total / (double)steps)) - 1,
        }).ToArray();
        return timesteps[^1] < total
            ? timesteps
            : throw new LumenException($"{steps} steps with steps_offset {config.StepsOffset} leave the {total} training timesteps: take fewer steps.");
    }

    // numpy rounds halves to even.
    private static long Round(double timestep) => (long)Math.Round(timestep, MidpointRounding.ToEven);
}
