namespace Lumen.Models.Schedules;

/// <summary>The samplers that can be chosen by name. Immutable: <see cref="With"/> answers with a registry that has one more.</summary>
public sealed class SamplerRegistry
{
    private SamplerRegistry(IReadOnlyList<SamplerType> types) => Types = types;

    /// <summary>The samplers of diffusers that Lumen has.</summary>
    public static SamplerRegistry BuiltIn { get; } =
        new([
            new("DDIMScheduler", (schedule, steps, options) => new DdimSampler(schedule, steps, options))
            {
                Names = [new("ddim")],
                UsesEta = true,
            },
            new("DDPMScheduler", (schedule, steps, _) => new DdpmSampler(schedule, steps)) { Names = [new("ddpm")] },
            new("PNDMScheduler", (schedule, steps, _) => new PndmSampler(schedule, steps)) { Names = [new("pndm")] },
            new("EulerDiscreteScheduler", (schedule, steps, options) => new EulerSampler(schedule, steps, options))
            {
                Names = [new("euler", Karras(false)), new("euler_karras", Karras(true))],
            },
            new("EulerAncestralDiscreteScheduler", (schedule, steps, _) => new EulerAncestralSampler(schedule, steps))
            {
                Names = [new("euler_a")],
            },
            new("DPMSolverMultistepScheduler", (schedule, steps, _) => new DpmSolverSampler(schedule, steps))
            {
                Names =
                [
                    new("dpm_2m", Solver("dpmsolver", 2)),
                    new("dpmpp_2m", Solver("dpmsolver++", 2)),
                    new("dpmpp_2m_karras", Solver("dpmsolver++", 2, karras: true)),
                    new("dpmpp_2m_heun", Solver("dpmsolver++", 2, type: "heun")),
                    new("dpmpp_2m_sde", Solver("sde-dpmsolver++", 2)),
                    new("dpmpp_2m_sde_karras", Solver("sde-dpmsolver++", 2, karras: true)),
                    new("dpmpp_3m", Solver("dpmsolver++", 3)),
                    new("dpmpp_3m_karras", Solver("dpmsolver++", 3, karras: true)),
                    new("dpmpp_3m_sde", Solver("sde-dpmsolver++", 3)),
                    new("dpmpp_3m_sde_karras", Solver("sde-dpmsolver++", 3, karras: true)),
                ],
            },
            new("UniPCMultistepScheduler", (schedule, steps, _) => new UniPcSampler(schedule, steps))
            {
                Names = [new("unipc", Karras(false)), new("unipc_karras", Karras(true))],
            },
            new("LCMScheduler", (schedule, steps, _) => new LcmSampler(schedule, steps)) { Names = [new("lcm")] },
        ]);

    /// <summary>The samplers.</summary>
    public IReadOnlyList<SamplerType> Types { get; }

    /// <summary>The names that people type.</summary>
    public IReadOnlyList<string> ShortNames => [.. Types.SelectMany(type => type.Names).Select(name => name.Name)];

    /// <summary>The names that <c>scheduler_config.json</c> has for them.</summary>
    public IReadOnlyList<string> ClassNames => [.. Types.Select(type => type.ClassName)];

    /// <summary>Every name that <see cref="Create"/> accepts.</summary>
    public IReadOnlyList<string> Names => [.. ShortNames, .. ClassNames];

    /// <summary>These samplers and one more.</summary>
    /// <exception cref="LumenException">One of its names is taken.</exception>
    public SamplerRegistry With(SamplerType type)
    {
        string[] added = [.. type.Names.Select(name => name.Name), type.ClassName];
        return added.FirstOrDefault(name => Names.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } taken
            ? throw new LumenException(
                LumenErrorKind.Option,
                $"There is a sampler called {taken} already. Give {type.ClassName} other names."
            )
            : new SamplerRegistry([.. Types, type]);
    }

    /// <summary>The sampler of a class name, or null.</summary>
    public SamplerType? Find(string className) => Types.FirstOrDefault(type => type.ClassName == className);

    /// <summary>
    /// The short name of a class, or the class name itself where every short name also fixes choices that are the configuration's.
    /// </summary>
    public string ShortNameOf(string className) => Find(className)?.Names.FirstOrDefault(name => name.Change is null)?.Name ?? className;

    /// <summary>A sampler by its short name or its class name.</summary>
    /// <param name="name">A class name takes every choice from the configuration, as <c>from_config</c> does.</param>
    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <param name="options">Choices of the run.</param>
    /// <exception cref="LumenException">The name is unknown, or the number of steps or the configuration does not fit.</exception>
    public Sampler Create(string name, NoiseSchedule schedule, int steps, SamplerOptions options)
    {
        var (type, chosen) = Types
            .SelectMany(type => type.Names, (type, named) => (type, named))
            .FirstOrDefault(row => string.Equals(row.named.Name, name, StringComparison.OrdinalIgnoreCase));
        type ??= Find(name);
        if (options.Eta != 0 && type is not { UsesEta: true })
        {
            var acting = string.Join(" or ", Types.Where(one => one.UsesEta).Select(one => ShortNameOf(one.ClassName)));
            throw new LumenException(
                LumenErrorKind.Option,
                FormattableString.Invariant($"Eta is {options.Eta} but acts in {acting} only, not in {name}: leave it out or use {acting}.")
            )
            {
                Properties = [nameof(SamplerOptions.Eta)],
            };
        }
        if (type is null)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The sampler \"{name}\" is not supported. Give one of {string.Join(", ", ShortNames)}; known upstream classes are "
                    + $"{string.Join(", ", ClassNames)}."
            )
            {
                Properties = ["Scheduler"],
            };
        return type.Create(chosen?.Change is { } change ? schedule.With(change) : schedule, steps, options);
    }

    private static Func<SchedulerConfig, SchedulerConfig> Karras(bool use) => config => config with { UseKarrasSigmas = use };

    // The noise-predicting solver cannot end without noise.
    private static Func<SchedulerConfig, SchedulerConfig> Solver(
        string algorithm,
        int order,
        bool karras = false,
        string type = "midpoint"
    ) =>
        config =>
            config with
            {
                AlgorithmType = algorithm,
                SolverOrder = order,
                SolverType = type,
                UseKarrasSigmas = karras,
                UseLuLambdas = false,
                FinalSigmasType = algorithm == "dpmsolver" ? "sigma_min" : "zero",
            };
}
