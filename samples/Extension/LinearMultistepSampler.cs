using Lumen.Models.Schedules;
using static TorchSharp.torch;

namespace Lumen.Samples.Extension;

/// <summary>
/// A sampler: Adams and Bashforth's method of order 1 or 2 on the probability flow dx̂/dσ = ε, with x̂ = x / √ᾱ and σ = √((1 - ᾱ) / ᾱ). Of
/// order 1 it is DDIM without noise (Song et al. 2021).
/// </summary>
public sealed class LinearMultistepSampler : Sampler
{
    private const string OrderEntry = "multistep_order";
    private readonly long[] _timesteps;
    private readonly int _order;

    private LinearMultistepSampler(NoiseSchedule schedule, int steps)
        : base(schedule, steps)
    {
        _timesteps = [.. TimestepGrid.Ascending(schedule.Config, steps).Reverse()];
        _order = schedule.Config.OwnEntries?.TryGetValue(OrderEntry, out var order) == true ? order.GetInt32() : 2;
        if (_order is not (1 or 2))
            throw new LumenException($"{OrderEntry} must be 1 or 2 but is {_order}. Correct scheduler_config.json.");
        RequireSignal(_timesteps[0]);
    }

    /// <summary>How it is registered.</summary>
    public static SamplerType Type { get; } =
        new("LinearMultistepScheduler", (schedule, steps, _) => new LinearMultistepSampler(schedule, steps))
        {
            Names = [new("lms")],
            ConfigEntries = [OrderEntry],
        };

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => [.. _timesteps.Select(timestep => (double)timestep)];

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
        var (alpha, next) = (AlphaAt(index), AlphaAt(index + 1));
        var x = sample.to_type(ScalarType.Float32);
        var epsilon = (x - Math.Sqrt(alpha) * PredictOriginal(modelOutput, index, sample)) / Math.Sqrt(1 - alpha);
        var slope = epsilon;
        if (_order == 2 && history.Outputs is [.., var before])
        {
            var ratio = (Sigma(next) - Sigma(alpha)) / (Sigma(alpha) - Sigma(AlphaAt(index - 1)));
            slope = epsilon + ratio / 2 * (epsilon - before);
        }
        var moved = Math.Sqrt(next) * (x / Math.Sqrt(alpha) + (Sigma(next) - Sigma(alpha)) * slope);
        return (moved.MoveToOuterDisposeScope(), history.Then([epsilon], atMost: 1));
    }

    private double AlphaAt(int index) => AlphaCumprod(index < _timesteps.Length ? _timesteps[index] : -1, setAlphaToOne: true);

    private static double Sigma(double alpha) => Math.Sqrt((1 - alpha) / alpha);
}
