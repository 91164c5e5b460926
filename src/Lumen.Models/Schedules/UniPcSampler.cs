using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// Unified predictor-corrector of first to third order (Zhao et al. 2023, algorithms 1 and 2 with B(h) = h or e^h - 1). Every step first
/// corrects the former one with the new output, at no further evaluation. Same numbers as diffusers <c>UniPCMultistepScheduler</c>, which
/// since 0.28 ends without noise unless <c>final_sigmas_type</c> says otherwise.
/// </summary>
public sealed class UniPcSampler : Sampler
{
    private readonly SolverGrid _solver;
    private readonly int _order;
    private readonly bool _isLinear;

    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="steps">Number of steps, 1...T.</param>
    /// <exception cref="LumenException">The number of steps is out of range, or steps of higher order, or on the predicted noise, are to
    /// end without noise.</exception>
    public UniPcSampler(NoiseSchedule schedule, int steps)
        : base(schedule, steps)
    {
        var config = schedule.Config;
        (_order, _isLinear) = (config.SolverOrder ?? 2, config.SolverType == "bh1");
        if (_order is < 1 or > 3)
            throw new LumenException(LumenErrorKind.Option, $"solver_order must be 1, 2 or 3 but is {_order}.");
        var endsWithoutNoise = config.FinalSigmasType != "sigma_min";
        if (endsWithoutNoise && _order > 1 && config.LowerOrderFinal == false)
            throw new LumenException(
                LumenErrorKind.Option,
                "UniPC cannot end without noise (final_sigmas_type \"zero\") in a step of higher order (lower_order_final false): use "
                    + "sigma_min, or lower_order_final true."
            );
        if (endsWithoutNoise && config.PredictX0 == false)
            throw new LumenException(
                LumenErrorKind.Option,
                "UniPC cannot end without noise (final_sigmas_type \"zero\") where it works on the predicted noise (predict_x0 "
                    + "false): use sigma_min, or predict_x0 true."
            );
        // The entries that only DPM-Solver has mean nothing here. Before 0.28, upstream ended at the noise of timestep 0, with the Karras
        // spread at the last step's own level.
        var grid = SigmaGrid.Solver(
            schedule.With(all => all with { UseLuLambdas = null, LambdaMinClipped = null }),
            steps,
            (training, last) =>
                endsWithoutNoise ? 0
                : config.UseKarrasSigmas == true ? last
                : training[0]
        );
        _solver = new SolverGrid(grid, config, config.PredictX0 ?? true);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => _solver.Grid.Timesteps;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Sigmas => _solver.Grid.Sigmas;

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
        var output = _solver.Convert(modelOutput, index, x);
        if (history.Steps > 0 && Schedule.Config.DisableCorrector?.Contains(index - 1) != true)
            x = Update(history.Sample!, history.Outputs, index - 1, OrderAt(index - 1, history.Steps - 1), output);
        Tensor[] outputs = [.. history.Outputs, output];
        var next = Update(x, outputs, index, OrderAt(index, history.Steps), null);
        return (next.MoveToOuterDisposeScope(), history.Then(outputs, _order, x));
    }

    // From call index to the next noise level: predicted from former outputs, or corrected where the output there is known (eq. 3 and 9).
    private Tensor Update(Tensor x, IReadOnlyList<Tensor> outputs, int index, int order, Tensor? known)
    {
        var (from, to, h) = (_solver.Grid[index], _solver.Grid[index + 1], _solver.Width(index));
        var width = _solver.PredictsOriginal ? -h : h;
        var (kept, weight) = _solver.PredictsOriginal ? (to.Spread / from.Spread, to.Alpha) : (to.Alpha / from.Alpha, to.Spread);
        var growth = Math.Exp(width) - 1;
        var next = kept * x - weight * growth * outputs[^1];
        if (order == 1 && known is null)
            return next;

        // r_i, relative to this step
        var nodes = Enumerable.Range(1, order - 1).Select(i => _solver.Distance(index - i, index) / h).ToList();
        var slopes = nodes.Select((node, i) => (outputs[^(i + 2)] - outputs[^1]) / node).ToList(); // D_i / r_i
        if (known is not null)
        {
            nodes.Add(1);
            slopes.Add(known - outputs[^1]);
        }
        var scale = _isLinear ? width : growth; // B(h)
        var weights = Weights(nodes, width, scale);
        for (var i = 0; i < slopes.Count; i++)
            next -= weight * scale * weights[i] * slopes[i];
        return next;
    }

    // Theorem 3.1: Σ a_i r_i^(k-1) = k! φ_(k+1)(h) h / B(h) for k = 1, 2, ... Upstream rounds the weight of a single node to a half.
    private static double[] Weights(List<double> nodes, double width, double scale)
    {
        if (nodes.Count == 1)
            return [0.5];
        using var scope = NewDisposeScope();
        var (phi, factorial) = ((Math.Exp(width) - 1) / width - 1, 1.0); // h φ_2(h)
        var wanted = new double[nodes.Count];
        for (var k = 0; k < wanted.Length; k++)
        {
            wanted[k] = phi * factorial / scale;
            factorial *= k + 2;
            phi = phi / width - 1 / factorial;
        }
        var powers = stack(Enumerable.Range(0, nodes.Count).Select(power => tensor(nodes.Select(node => Math.Pow(node, power)).ToArray())));
        return [.. linalg.solve(powers, tensor(wanted)).data<double>().ToArray()];
    }

    private int OrderAt(int index, int before) =>
        Math.Min(Math.Min(_order, before + 1), Schedule.Config.LowerOrderFinal ?? true ? Timesteps.Count - index : _order);
}
