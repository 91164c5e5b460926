namespace Lumen.Metrics;

/// <summary>
/// Errors of directions on a circle (headings of cars): the smaller way round counts, so that 359 and 1 degree are 2 apart. One number an
/// object is kept.
/// </summary>
/// <param name="period">Radians after which a direction repeats: a whole turn, or half of one where front and back are not told
/// apart.</param>
public sealed class OrientationErrors(double period = 2 * Math.PI) : IPartialFigures
{
    private readonly List<double> _degrees = [];

    /// <summary>Objects so far.</summary>
    public int Count => _degrees.Count;

    /// <summary>The error of each object in the order they came, degrees.</summary>
    public IReadOnlyList<double> Degrees => _degrees;

    /// <summary>Mean error, degrees; NaN without objects.</summary>
    public double Mean => _degrees.DefaultIfEmpty(double.NaN).Average();

    /// <summary>Median error, degrees; NaN without objects.</summary>
    public double Median => Statistics.Median([.. _degrees]);

    /// <summary>Share of objects whose error is smaller than this many degrees, 0...1; NaN without objects.</summary>
    public double Within(double degrees) => _degrees.Select(error => error < degrees ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Takes in an object.</summary>
    /// <param name="truth">True direction, radians, any turn.</param>
    /// <param name="predicted">Predicted direction, radians, any turn.</param>
    /// <exception cref="LumenException">A direction is not finite.</exception>
    public void Add(double truth, double predicted)
    {
        if (!double.IsFinite(truth) || !double.IsFinite(predicted))
            throw new LumenException(
                $"A direction must be a finite number of radians, but the true one is {truth} and the predicted one {predicted}."
            );
        _degrees.Add(Math.Abs(Math.IEEERemainder(predicted - truth, period)) * 180 / Math.PI);
    }

    IReadOnlyList<long> IPartialFigures.Counts => [];

    IReadOnlyList<double> IPartialFigures.Sums => _degrees;

    void IPartialFigures.AddCounts(ReadOnlySpan<long> counts) => PartialFigures.Require(0, counts.Length);

    void IPartialFigures.AddSums(ReadOnlySpan<double> sums) => _degrees.AddRange(sums);
}
