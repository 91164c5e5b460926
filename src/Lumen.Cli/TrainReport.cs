using System.Globalization;
using Lumen.Training;

namespace Lumen.Cli;

/// <summary>Training progress: a changing line on a terminal, a line a report elsewhere; validation figures always stay.</summary>
internal sealed class TrainReport(Terminal terminal) : IProgress<TrainingProgress>, IDisposable
{
    public void Report(TrainingProgress value)
    {
        var step = string.Create(CultureInfo.InvariantCulture, $"step {value.Step}/{value.Total}");
        terminal.Status(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{step}  loss {value.Loss:0.00000}  {value.SecondsPerStep:0.000} s/step  {Left(value.Remaining)} left"
            )
        );
        if (value.Validation.Count > 0)
            terminal.Line($"{step}  {string.Join("  ", value.Validation.Select(Figure))}");
    }

    private static string Figure(KeyValuePair<string, double> figure) =>
        string.Create(CultureInfo.InvariantCulture, $"{figure.Key} {figure.Value:0.0000}");

    public void Dispose() => terminal.EndLine();

    private static string Left(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min"
        : $"{time.Seconds} s";
}
