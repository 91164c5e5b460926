namespace Lumen.Research.Evaluation;

/// <summary>
/// What can be read from one cell of a layout, each as the accuracy 0...1 of a probe on held-out scenes. A good layout tells the class and
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
