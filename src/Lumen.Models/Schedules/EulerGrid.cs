using static TorchSharp.torch;

namespace Lumen.Models.Schedules;

/// <summary>
/// What Euler's samplers have in common: samples x = x_0 + σ ε of weight 1 on the original, scaled down before the denoiser sees them.
/// </summary>
/// <param name="Grid">The noise levels.</param>
/// <param name="Config">The scheduler's configuration.</param>
internal sealed record EulerGrid(SigmaGrid Grid, SchedulerConfig Config)
{
    /// <summary>
    /// Standard deviation of the first sample: the largest σ, where the first timestep is not the last training timestep with the picture's
    /// own deviation of 1 beside it.
    /// </summary>
    public double Initial =>
        (Config.TimestepSpacing ?? TimestepSpacing.Linspace) == TimestepSpacing.Leading
            ? Math.Sqrt(Grid.Sigmas[0] * Grid.Sigmas[0] + 1)
            : Grid.Sigmas[0];

    public Tensor ScaleInput(Tensor sample, int index) => sample * Grid[index].Alpha;

    public Tensor AddNoise(Tensor original, Tensor noise, int index)
    {
        using var scope = NewDisposeScope();
        return (original.to_type(ScalarType.Float32) + Grid.Sigmas[index] * noise.to_type(ScalarType.Float32)).MoveToOuterDisposeScope();
    }

    /// <summary>x_0, float32.</summary>
    public Tensor Original(Tensor output, int index, Tensor sample)
    {
        using var scope = NewDisposeScope();
        var level = Grid[index];
        return level
            .Original(Config.PredictionType, output.to_type(ScalarType.Float32), sample.to_type(ScalarType.Float32) * level.Alpha)
            .MoveToOuterDisposeScope();
    }
}
