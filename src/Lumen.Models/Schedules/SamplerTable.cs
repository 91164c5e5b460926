namespace Lumen.Models.Schedules;

/// <summary>The samplers by name.</summary>
internal static class SamplerTable
{
    private delegate Sampler Maker(NoiseSchedule schedule, int steps, SamplerOptions options);

    // The upstream classes: every choice is the configuration's.
    private static readonly (string ClassName, Maker Make)[] Classes =
    [
        ("DDIMScheduler", (schedule, steps, options) => new DdimSampler(schedule, steps, options)),
        ("DDPMScheduler", (schedule, steps, _) => new DdpmSampler(schedule, steps)),
        ("PNDMScheduler", (schedule, steps, _) => new PndmSampler(schedule, steps)),
        ("EulerDiscreteScheduler", (schedule, steps, options) => new EulerSampler(schedule, steps, options)),
        ("EulerAncestralDiscreteScheduler", (schedule, steps, _) => new EulerAncestralSampler(schedule, steps)),
        ("DPMSolverMultistepScheduler", (schedule, steps, _) => new DpmSolverSampler(schedule, steps)),
        ("UniPCMultistepScheduler", (schedule, steps, _) => new UniPcSampler(schedule, steps)),
        ("LCMScheduler", (schedule, steps, _) => new LcmSampler(schedule, steps)),
    ];

    // What people type: a class and the choices that the name fixes.
    private static readonly (string Name, string ClassName, Func<SchedulerConfig, SchedulerConfig>? Change)[] Short =
    [
        ("ddim", "DDIMScheduler", null),
        ("ddpm", "DDPMScheduler", null),
        ("pndm", "PNDMScheduler", null),
        ("euler", "EulerDiscreteScheduler", config => config with { UseKarrasSigmas = false }),
        ("euler_karras", "EulerDiscreteScheduler", config => config with { UseKarrasSigmas = true }),
        ("euler_a", "EulerAncestralDiscreteScheduler", null),
        ("dpm_2m", "DPMSolverMultistepScheduler", Solver("dpmsolver", 2)),
        ("dpmpp_2m", "DPMSolverMultistepScheduler", Solver("dpmsolver++", 2)),
        ("dpmpp_2m_karras", "DPMSolverMultistepScheduler", Solver("dpmsolver++", 2, karras: true)),
        ("dpmpp_2m_heun", "DPMSolverMultistepScheduler", Solver("dpmsolver++", 2, type: "heun")),
        ("dpmpp_2m_sde", "DPMSolverMultistepScheduler", Solver("sde-dpmsolver++", 2)),
        ("dpmpp_2m_sde_karras", "DPMSolverMultistepScheduler", Solver("sde-dpmsolver++", 2, karras: true)),
        ("dpmpp_3m", "DPMSolverMultistepScheduler", Solver("dpmsolver++", 3)),
        ("dpmpp_3m_karras", "DPMSolverMultistepScheduler", Solver("dpmsolver++", 3, karras: true)),
        ("dpmpp_3m_sde", "DPMSolverMultistepScheduler", Solver("sde-dpmsolver++", 3)),
        ("dpmpp_3m_sde_karras", "DPMSolverMultistepScheduler", Solver("sde-dpmsolver++", 3, karras: true)),
        ("unipc", "UniPCMultistepScheduler", config => config with { UseKarrasSigmas = false }),
        ("unipc_karras", "UniPCMultistepScheduler", config => config with { UseKarrasSigmas = true }),
        ("lcm", "LCMScheduler", null),
    ];

    public static IReadOnlyList<string> ShortNames => [.. Short.Select(row => row.Name)];

    public static IReadOnlyList<string> ClassNames => [.. Classes.Select(row => row.ClassName)];

    public static string ShortNameOf(string className) =>
        Short.FirstOrDefault(row => row.ClassName == className && row.Change is null).Name ?? className;

    public static Sampler Create(string name, NoiseSchedule schedule, int steps, SamplerOptions options)
    {
        var (_, className, change) = Short.FirstOrDefault(row => string.Equals(row.Name, name, StringComparison.OrdinalIgnoreCase));
        if (options.Eta != 0 && (className ?? name) != "DDIMScheduler")
            throw new LumenException($"Eta is {options.Eta} but acts in ddim only, not in {name}: leave it out or use ddim.");
        var make = Classes.FirstOrDefault(row => row.ClassName == (className ?? name)).Make;
        return make is null
            ? throw new LumenException(
                $"The sampler \"{name}\" is not supported. Give one of {string.Join(", ", ShortNames)}; known upstream classes are "
                    + $"{string.Join(", ", ClassNames)}."
            )
            : make(change is null ? schedule : schedule.With(change), steps, options);
    }

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
