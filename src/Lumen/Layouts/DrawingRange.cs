using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Which values of each component are drawn as darkest and brightest. Robust percentiles, so that a few odd cells do not grey out a
/// picture; one range for several layouts makes their colours comparable.
/// </summary>
public sealed class DrawingRange
{
    private readonly double[] _low;
    private readonly double[] _high;

    private DrawingRange(double[] low, double[] high) => (_low, _high) = (low, high);

    /// <summary>N, components covered.</summary>
    public int Components => _low.Length;

    /// <summary>The 1st to 99th percentile (or others) of each component over all cells of these layouts.</summary>
    /// <param name="layouts">At least one; all with the same number of components.</param>
    /// <param name="low">Lower percentile, 0...100.</param>
    /// <param name="high">Upper percentile, 0...100, above <paramref name="low"/>.</param>
    public static DrawingRange Of(IEnumerable<NeuralLayout> layouts, double low = 1, double high = 99)
    {
        if (!(low >= 0 && high <= 100 && low < high))
            throw new ArgumentException($"Percentiles must be ordered within 0 to 100 but are {low} and {high}.");
        using var scope = NewDisposeScope();
        var cells = cat([.. layouts.Select(layout => layout.Map.flatten(1))], 1); // [N, cells]
        Shape.Require(cells, nameof(layouts), "layouts with at least one cell", s => s is [> 0, > 0]);
        var (ordered, _) = cells.sort(1);
        return new DrawingRange(At(ordered, low / 100), At(ordered, high / 100));
    }

    /// <summary>Lowest and highest drawn value of a component; never equal.</summary>
    public (double Low, double High) this[int component] => (_low[component], Math.Max(_high[component], _low[component] + 1e-6));

    private static double[] At(Tensor ordered, double fraction)
    {
        var place = fraction * (ordered.shape[1] - 1);
        var below = (long)Math.Floor(place);
        var above = Math.Min(below + 1, ordered.shape[1] - 1);
        var values = ordered.select(1, below) * (1 - (place - below)) + ordered.select(1, above) * (place - below);
        return [.. values.to(ScalarType.Float64).data<double>()];
    }
}
