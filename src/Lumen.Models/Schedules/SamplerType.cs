namespace Lumen.Models.Schedules;

/// <summary>Makes a sampler that walks along a schedule.</summary>
/// <param name="schedule">The model's noise schedule, with the choices of the configuration in <see cref="NoiseSchedule.Config"/>.</param>
/// <param name="steps">Number of steps, 1...T.</param>
/// <param name="options">Choices of the run.</param>
/// <exception cref="LumenException">The number of steps or the configuration does not fit.</exception>
public delegate Sampler SamplerFactory(NoiseSchedule schedule, int steps, SamplerOptions options);

/// <summary>A sampler that is chosen by name.</summary>
/// <param name="ClassName">What <c>scheduler_config.json</c> calls it (<c>_class_name</c>).</param>
/// <param name="Create">Makes one; every choice is the configuration's.</param>
public sealed record SamplerType(string ClassName, SamplerFactory Create)
{
    /// <summary>The names that people type, each with the choices that it fixes.</summary>
    public IReadOnlyList<SamplerName> Names { get; init; } = [];

    /// <summary>
    /// Entries of <c>scheduler_config.json</c> that this sampler alone has; they are read into <see cref="SchedulerConfig.OwnEntries"/>.
    /// </summary>
    public IReadOnlyList<string> ConfigEntries { get; init; } = [];

    /// <summary>Whether <see cref="SamplerOptions.Eta"/> acts in it.</summary>
    public bool UsesEta { get; init; }
}

/// <summary>A short name of a sampler.</summary>
/// <param name="Name">Such as <c>dpmpp_2m_karras</c>.</param>
/// <param name="Change">What the name fixes in the configuration; null where every choice is the configuration's.</param>
public sealed record SamplerName(string Name, Func<SchedulerConfig, SchedulerConfig>? Change = null);
