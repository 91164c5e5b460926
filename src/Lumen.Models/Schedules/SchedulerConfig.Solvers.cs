namespace Lumen.Models.Schedules;

/// <content>Entries that only some upstream samplers have. Null: the sampler's own default.</content>
public sealed partial record SchedulerConfig
{
    /// <summary>DDPM: <c>fixed_small</c> or <c>fixed_large</c>; null: fixed_small.</summary>
    public string? VarianceType { get; init; }

    /// <summary>Whether the noise levels are spread as Karras et al. 2022, eq. 5 do (Euler, DPM-Solver, UniPC); null: no.</summary>
    public bool? UseKarrasSigmas { get; init; }

    /// <summary>DPM-Solver: whether the noise levels are spread evenly in log σ (Lu et al. 2022); null: no.</summary>
    public bool? UseLuLambdas { get; init; }

    /// <summary>
    /// Smallest noise level of the Karras spread; null: for Euler that of the last timestep, for the solvers that of timestep 0.
    /// </summary>
    public double? SigmaMin { get; init; }

    /// <summary>
    /// Largest noise level of the Karras spread; null: for Euler that of the first timestep, for the solvers that of the last training
    /// timestep.
    /// </summary>
    public double? SigmaMax { get; init; }

    /// <summary>
    /// Euler: <c>linear</c> in σ over timesteps, or <c>log_linear</c> from the largest to the smallest training σ; null: linear.
    /// </summary>
    public string? InterpolationType { get; init; }

    /// <summary>
    /// DPM-Solver, UniPC and Euler: <c>zero</c> ends without noise, <c>sigma_min</c> at the noise level of timestep 0; null: zero.
    /// </summary>
    public string? FinalSigmasType { get; init; }

    /// <summary>
    /// DPM-Solver: <c>dpmsolver</c>, <c>dpmsolver++</c>, <c>sde-dpmsolver</c> or <c>sde-dpmsolver++</c>; null: dpmsolver++.
    /// </summary>
    public string? AlgorithmType { get; init; }

    /// <summary>DPM-Solver and UniPC: order 1...3; null: 2.</summary>
    public int? SolverOrder { get; init; }

    /// <summary>
    /// DPM-Solver: <c>midpoint</c> or <c>heun</c>, UniPC: <c>bh1</c> or <c>bh2</c>; null or a word of the other: midpoint, bh2.
    /// </summary>
    public string? SolverType { get; init; }

    /// <summary>DPM-Solver and UniPC: whether the last steps are of lower order, DPM-Solver below 15 steps only; null: yes.</summary>
    public bool? LowerOrderFinal { get; init; }

    /// <summary>DPM-Solver: whether the very last step is of first order; null: no.</summary>
    public bool? EulerAtFinal { get; init; }

    /// <summary>DPM-Solver: smallest log signal-to-noise ratio that is visited; null: no limit.</summary>
    public double? LambdaMinClipped { get; init; }

    /// <summary>UniPC: whether it works on the predicted original sample instead of the noise; null: yes.</summary>
    public bool? PredictX0 { get; init; }

    /// <summary>UniPC: steps whose corrector is left out; null: none.</summary>
    public IReadOnlyList<int>? DisableCorrector { get; init; }

    /// <summary>LCM: how many timesteps the distilled model knows; null: 50.</summary>
    public int? OriginalInferenceSteps { get; init; }

    /// <summary>LCM: scale of the timesteps in the boundary condition; null: 10.</summary>
    public double? TimestepScaling { get; init; }
}
