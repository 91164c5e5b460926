using System.Globalization;

namespace Lumen.Research.Studies;

/// <summary>A figure of a table: its value, the 95 % interval over references, and how much it changes from seed to seed.</summary>
/// <param name="Value">The figure over all rows.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="SeedSpread">Standard deviation (n - 1) of the figure over the seeds, each by itself; null with fewer than two
/// seeds.</param>
/// <param name="References">References behind it.</param>
/// <param name="Seeds">Seeds behind it.</param>
public sealed record StudyFigure(double Value, double Low, double High, double? SeedSpread, int References, int Seeds)
{
    /// <summary>True if even the lower end is above another figure's upper end.</summary>
    public bool IsAbove(StudyFigure other) => Low > other.High;

    /// <summary><c>0.712 [0.690, 0.731] ±0.004</c>.</summary>
    /// <param name="format">Format of each number.</param>
    public string ToText(string format)
    {
        var spread = SeedSpread is { } deviation ? $" ±{Number(deviation, format)}" : "";
        return $"{Number(Value, format)} [{Number(Low, format)}, {Number(High, format)}]{spread}";
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
