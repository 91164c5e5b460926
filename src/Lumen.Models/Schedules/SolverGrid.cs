using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// What the multistep solvers have in common: samples x = α x_0 + σ' ε on the noise levels of a grid, solved in λ = log(α/σ').
/// </summary>
/// <param name="Grid">The noise levels.</param>
/// <param name="Config">The scheduler's configuration.</param>
/// <param name="PredictsOriginal">Whether the solver integrates x_0 (data prediction) instead of ε.</param>
internal sealed record SolverGrid(SigmaGrid Grid, SchedulerConfig Config, bool PredictsOriginal)
{
    public Tensor AddNoise(Tensor original, Tensor noise, int index)
    {
        using var scope = NewDisposeScope();
        var level = Grid[index];
        return (
            level.Alpha * original.to_type(ScalarType.Float32) + level.Spread * noise.to_type(ScalarType.Float32)
        ).MoveToOuterDisposeScope();
    }

    /// <summary>x_0, thresholded if the configuration says so; float32.</summary>
    public Tensor Original(Tensor output, int index, Tensor sample)
    {
        using var scope = NewDisposeScope();
        var original = Grid[index].Original(Config.PredictionType, output.to_type(ScalarType.Float32), sample.to_type(ScalarType.Float32));
        return (Config.Thresholding ? OriginalSample.Threshold(original, Config) : original).MoveToOuterDisposeScope();
    }

    /// <summary>The output in the form the solver integrates: x_0 or ε; float32.</summary>
    public Tensor Convert(Tensor output, int index, Tensor sample)
    {
        if (PredictsOriginal)
            return Original(output, index, sample);
        using var scope = NewDisposeScope();
        var (level, x) = (Grid[index], sample.to_type(ScalarType.Float32));
        var noise = Config.Thresholding
            ? level.Noise(PredictionType.Sample, Original(output, index, x), x)
            : level.Noise(Config.PredictionType, output.to_type(ScalarType.Float32), x);
        return noise.MoveToOuterDisposeScope();
    }

    /// <summary>λ at the end of step <paramref name="index"/> minus λ at its beginning; infinite for a step to no noise.</summary>
    public double Width(int index) => Grid[index + 1].Lambda - Grid[index].Lambda;

    /// <summary>λ at call <paramref name="index"/> relative to that at call <paramref name="origin"/>.</summary>
    public double Distance(int index, int origin) => Grid[index].Lambda - Grid[origin].Lambda;
}
