using System.Globalization;
using System.Text;
using Lumen.Layouts;
using Lumen.Models.Vision;

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

/// <summary>One choice of features and what can be read from its layouts.</summary>
/// <param name="Layer">Decoder block or layer, with the facet where there is one.</param>
/// <param name="Timestep">Timestep of the noise; -1 where there is none.</param>
/// <param name="Normalisation">What is taken out of each picture's features.</param>
/// <param name="SubtractPositionMean">Whether the mean of each position is subtracted.</param>
/// <param name="Components">N.</param>
/// <param name="Explained">Share of the variance that the N components keep, 0...1.</param>
/// <param name="Retrieval">Share 0...1 of the asked scenes that are found again, by the nearest layout, from a render of the same layout at
/// another time in other weather: what a perfect generator could reach.</param>
/// <param name="Figures">Accuracies of the probes.</param>
public sealed record LeakRow(
    string Layer,
    int Timestep,
    FeatureNormalisation Normalisation,
    bool SubtractPositionMean,
    int Components,
    double Explained,
    double Retrieval,
    LeakFigures Figures
)
{
    /// <summary>What the features are of: the model's own U-Net, a vision transformer, or what it is compared with.</summary>
    public string Backbone { get; init; } = FeatureSource.StableDiffusion;

    /// <summary>How much variance that light and colour cause counted against a component in the fit.</summary>
    public double AppearancePenalty { get; init; }
}

/// <summary>
/// What can be read from one cell of a layout, each as the accuracy 0...1 of a probe on held-out scenes. A good layout shows the class and
/// nothing of the appearance: time and weather near their chance levels.
/// </summary>
/// <param name="Class">Semantic class, linear probe.</param>
/// <param name="TimeLinear">Time of day, linear probe.</param>
/// <param name="TimeNonlinear">Time of day, probe with a hidden layer.</param>
/// <param name="WeatherLinear">Weather, linear probe.</param>
/// <param name="WeatherNonlinear">Weather, probe with a hidden layer.</param>
public sealed record LeakFigures(double Class, double TimeLinear, double TimeNonlinear, double WeatherLinear, double WeatherNonlinear)
{
    /// <summary>Chance level of the time of day: three times, drawn evenly.</summary>
    public const double TimeChance = 1 / 3.0;

    /// <summary>Chance level of the weather: four kinds, drawn evenly.</summary>
    public const double WeatherChance = 1 / 4.0;

    /// <summary>
    /// Class accuracy less the mean of the two leaks above chance (the worse probe of each, rescaled to 0...1): larger is better.
    /// </summary>
    public double Score =>
        Class
        - 0.5 * (Above(Math.Max(TimeLinear, TimeNonlinear), TimeChance) + Above(Math.Max(WeatherLinear, WeatherNonlinear), WeatherChance));

    private static double Above(double accuracy, double chance) => Math.Max(0, accuracy - chance) / (1 - chance);
}
