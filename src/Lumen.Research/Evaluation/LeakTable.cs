using System.Globalization;
using System.Text;

namespace Lumen.Research.Evaluation;

/// <summary>The result of a leak study.</summary>
/// <param name="Rows">One row for each choice of features.</param>
public sealed record LeakTable(IReadOnlyList<LeakRow> Rows)
{
    /// <summary>The row with the best <see cref="LeakFigures.Score"/>.</summary>
    public LeakRow Best => Rows.MaxBy(row => row.Figures.Score)!;

    /// <summary>A table for people; shares in percent, each pair linear/non-linear.</summary>
    public string ToText()
    {
        var (backbone, layer) = (Width("backbone", row => row.Backbone), Width("layer", row => row.Layer));
        var text = new StringBuilder(
            $"{"backbone".PadRight(backbone)}{"layer".PadRight(layer)}{"t", 5} "
                + $"{"normalisation", -14}{"position", -11}{"penalty", 7}{"N", 4}{"kept", 7}{"found", 7}{"class", 8}{"time", 14}"
                + $"{"weather", 14}{"score", 8}\n"
        );
        foreach (var row in Rows)
        {
            var figures = row.Figures;
            text.Append(
                $"{row.Backbone.PadRight(backbone)}{row.Layer.PadRight(layer)}"
                    + $"{(row.Timestep < 0 ? "-" : row.Timestep.ToString(CultureInfo.InvariantCulture)), 5}"
                    + $" {row.Normalisation.ToString().ToLowerInvariant(), -14}{(row.SubtractPositionMean ? "subtracted" : "kept"), -11}"
                    + $"{row.AppearancePenalty.ToString(CultureInfo.InvariantCulture), 7}{row.Components, 4}"
                    + $"{Percent(row.Explained), 7}"
                    + $"{Percent(row.Retrieval), 7}{Percent(figures.Class), 8}"
            );
            text.Append(
                $"{Percent(figures.TimeLinear) + "/" + Percent(figures.TimeNonlinear), 14}"
                    + $"{Percent(figures.WeatherLinear) + "/" + Percent(figures.WeatherNonlinear), 14}"
            );
            text.Append(figures.Score.ToString("0.000", CultureInfo.InvariantCulture).PadLeft(8))
                .Append(row == Best ? "  best" : "")
                .Append('\n');
        }
        return text.Append($"chance: time {Percent(LeakFigures.TimeChance)}, weather {Percent(LeakFigures.WeatherChance)} %\n").ToString();
    }

    private int Width(string title, Func<LeakRow, string> column) => Rows.Select(column).Append(title).Max(text => text.Length) + 2;

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture);
}
