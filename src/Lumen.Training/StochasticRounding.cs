using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// Rounding to bfloat16 on any device, up or down by chance so that the mean is kept; the chance depends on the step alone.
/// </summary>
internal static class StochasticRounding
{
    /// <param name="values">float32, finite.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="item">Another number for each tensor of a step.</param>
    /// <returns>float32 numbers that bfloat16 holds exactly.</returns>
    public static Tensor Of(Tensor values, long step, int item)
    {
        using var scope = NewDisposeScope();
        var dither = Dither(values, step, item);
        var exponent = values.abs().clamp(1e-30).log2().floor(); // of the step between neighbours: 2^(e-7)
        var spacing = (exponent - 7).exp2();
        return ((values / spacing + dither).floor() * spacing).MoveToOuterDisposeScope();
    }

    /// <summary>Draws from 0 to 1, without 1, one for each value, in their shape.</summary>
    /// <inheritdoc cref="Of"/>
    /// <returns>float32.</returns>
    public static Tensor Dither(Tensor values, long step, int item)
    {
        using var scope = NewDisposeScope();
        // A linear congruential step and a fold: all arithmetic below 2^63.
        var draws = arange(values.numel(), ScalarType.Int64, values.device)
            .mul_(0x5851F42DL)
            .add_((step * 0x9E3779B1L + item * 0x85EBCA77L) & 0x7FFFFFFF);
        var mixed = draws.remainder(0x7FFFFFFFL).mul_(48271).remainder(0x7FFFFFFFL).mul_(69621).remainder(0x7FFFFFFFL); // [n]
        var draws16 = (mixed.bitwise_right_shift(8) & 0xFFFF).view(values.shape).to_type(ScalarType.Float32);
        return (draws16 / 65536).MoveToOuterDisposeScope();
    }
}
