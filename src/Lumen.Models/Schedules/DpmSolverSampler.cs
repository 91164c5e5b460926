using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Multistep DPM-Solver of first to third order: on the predicted noise (Lu et al. 2022, "DPM-Solver", and 2023), on the predicted original
/// ("DPM-Solver++", algorithm 2), and their stochastic forms (section 5 there). Same numbers as diffusers
/// <c>DPMSolverMultistepScheduler</c>; the stochastic third order, which that lacks, is k-diffusion's.
/// </summary>
public sealed class DpmSolverSampler : Sampler
{
    private const int FewSteps = 15; // below this, the end is of lower order
    private readonly SolverGrid _solver;
    private readonly int _order;
    private readonly bool _isStochastic;
    private readonly bool _isMidpoint;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <exception cref="LumenException">The number of steps is out of range, the model predicts its variance, too, or the noise-predicting
    /// solver is to end without noise.</exception>
    public DpmSolverSampler(NoiseSchedule schedule, int steps)
        : base(schedule, steps)
    {
        var config = schedule.Config;
        var algorithm = config.AlgorithmType is null or "deis" ? "dpmsolver++" : config.AlgorithmType;
        var predictsOriginal = algorithm.EndsWith("++", StringComparison.Ordinal);
        var endsWithoutNoise = (config.FinalSigmasType ?? "zero") == "zero";
        if (!predictsOriginal && endsWithoutNoise)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The solver algorithm_type \"{algorithm}\" cannot end with final_sigmas_type \"zero\": use sigma_min, or dpmsolver++."
            );
        if (config.VarianceType is "learned" or "learned_range")
            throw new LumenException(
                LumenErrorKind.Option,
                $"DPM-Solver does not support variance_type \"{config.VarianceType}\", of models that predict a variance beside the "
                    + "noise: leave it out, or use another model."
            );
        (_order, _isStochastic, _isMidpoint) = (
            config.SolverOrder ?? 2,
            algorithm.StartsWith("sde", StringComparison.Ordinal),
            config.SolverType != "heun"
        );
        if (_order is < 1 or > 3)
            throw new LumenException(LumenErrorKind.Option, $"solver_order must be 1, 2 or 3 but is {_order}.");
        _solver = new SolverGrid(
            SigmaGrid.Solver(schedule, steps, (training, _) => endsWithoutNoise ? 0 : training[0]),
            config,
            predictsOriginal
        );
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => _solver.Grid.Timesteps;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Sigmas => _solver.Grid.Sigmas;

    /// <inheritdoc/>
    public override bool UsesNoise(int index) => _isStochastic;

    /// <inheritdoc/>
    public override Tensor AddNoise(Tensor original, Tensor noise, int index) => _solver.AddNoise(original, noise, index);

    /// <inheritdoc/>
    public override Tensor PredictOriginal(Tensor modelOutput, int index, Tensor sample) => _solver.Original(modelOutput, index, sample);

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
        var x = sample.to_type(ScalarType.Float32);
        Tensor[] outputs = [.. history.Outputs, _solver.Convert(modelOutput, index, x)];
        var (from, to, h) = (_solver.Grid[index], _solver.Grid[index + 1], _solver.Width(index));
        // One formula for all four algorithms: the stochastic ones integrate over twice the width, the noise-predicting ones backwards.
        var (data, twice) = (_solver.PredictsOriginal, _isStochastic ? 2 : 1);
        var width = data ? twice * h : -h;
        var kept = data ? to.Spread / from.Spread * (_isStochastic ? Math.Exp(-h) : 1) : to.Alpha / from.Alpha;
        var weight = data ? to.Alpha : twice * to.Spread;
        var next = kept * x - weight * Integral(outputs, index, OrderAt(index, history.Steps), width);
        if (_isStochastic)
            next += to.Spread * Math.Sqrt(data ? 1 - Math.Exp(-2 * h) : Math.Exp(2 * h) - 1) * Noise(noise, "A stochastic DPM-Solver");
        return (next.MoveToOuterDisposeScope(), history.Then(outputs, _order - 1));
    }

    // DPM-Solver++, appendix B: the outputs' differences D1, D2 at the nodes, weighted by the integrals of e^(-λ), λ e^(-λ) and λ²/2 e^(-λ)
    // over the width.
    private Tensor Integral(Tensor[] outputs, int index, int order, double width)
    {
        var zeroth = Math.Exp(-width) - 1;
        if (order == 1)
            return zeroth * outputs[^1];
        var first = zeroth / width + 1;
        var r0 = _solver.Width(index - 1) / _solver.Width(index);
        var slope = (outputs[^1] - outputs[^2]) / r0; // D1 of second order
        if (order == 2)
            return zeroth * outputs[^1] + (_isMidpoint ? zeroth / 2 : -first) * slope;
        var r1 = _solver.Width(index - 2) / _solver.Width(index);
        var curvature = (slope - (outputs[^2] - outputs[^3]) / r1) / (r0 + r1); // D2
        return zeroth * outputs[^1] - first * (slope + r0 * curvature) + ((zeroth + width) / (width * width) - 0.5) * curvature;
    }

    // As many outputs as there are; at the end lower again, for stability.
    private int OrderAt(int index, int before)
    {
        var left = Timesteps.Count - index;
        var lowers = (Schedule.Config.LowerOrderFinal ?? true) && Timesteps.Count < FewSteps;
        if (left == 1 && (lowers || Schedule.Config.EulerAtFinal == true || Sigmas[^1] == 0))
            return 1;
        return Math.Min(Math.Min(_order, before + 1), left == 2 && lowers ? 2 : _order);
    }
}
