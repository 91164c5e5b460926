using System.Globalization;

namespace Lumen.Metrics;

/// <summary>
/// A figure with its confidence interval. Made by <see cref="Bootstrap"/> (over items) or <see cref="StudentInterval"/> (over seeds).
/// </summary>
/// <param name="Value">The figure itself.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Count">Items or seeds behind it.</param>
/// <param name="Level">Confidence, 0.95 for 95 %.</param>
public readonly record struct Interval(double Value, double Low, double High, int Count, double Level = 0.95)
{
    /// <summary>Half of the distance between the ends.</summary>
    public double HalfWidth => (High - Low) / 2;

    /// <summary>True if this figure is larger than another by more than both intervals allow for: they do not overlap.</summary>
    public bool IsAbove(Interval other) => Low > other.High;

    /// <summary><c>0.712 [0.690, 0.731]</c>.</summary>
    public override string ToString() => ToString("0.000");

    /// <summary>The figure and both ends in a number format.</summary>
    public string ToString(string format) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Value.ToString(format, CultureInfo.InvariantCulture)} [{Low.ToString(format, CultureInfo.InvariantCulture)}, "
                + $"{High.ToString(format, CultureInfo.InvariantCulture)}]"
        );

    internal static void RequireLevel(double level)
    {
        if (!(level > 0 && level < 1))
            throw new LumenException($"A confidence level must lie between 0 and 1, such as 0.95, but is {level}.");
    }
}
