namespace Lumen.Models.Schedules;

/// <summary>Which of the training timesteps a sampler visits (Lin et al. 2024, table 2).</summary>
public enum TimestepSpacing
{
    /// <summary>0, r, 2r, ... plus the offset; never the last training timestep.</summary>
    Leading,

    /// <summary>Evenly from the first to the last training timestep, both included.</summary>
    Linspace,

    /// <summary>T-1, T-1-r, ...; always begins at the last training timestep.</summary>
    Trailing,
}
