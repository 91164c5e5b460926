using System.Globalization;

namespace Lumen.Training;

/// <summary>What a run will take, measured on a handful of its pictures before anything is rendered, cached or trained.</summary>
/// <param name="Preparation">What is made first, in words, and how long each takes.</param>
/// <param name="Steps">Optimiser steps that are left.</param>
/// <param name="Step">How long one takes.</param>
/// <param name="Validation">Figures and previews on the way, all together.</param>
/// <param name="Size">What it needs.</param>
public sealed record TrainingForecast(
    IReadOnlyList<(string What, TimeSpan Time)> Preparation,
    long Steps,
    TimeSpan Step,
    TimeSpan Validation,
    TrainingSize Size
)
{
    /// <summary>All of it.</summary>
    public TimeSpan Time => TimeSpan.FromTicks(Preparation.Sum(part => part.Time.Ticks)) + Step * Steps + Validation;

    public override string ToString()
    {
        var preparing = TimeSpan.FromTicks(Preparation.Sum(part => part.Time.Ticks));
        var parts = string.Join(", ", Preparation.Select(part => $"{part.What} {Words(part.Time)}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"about {Words(Time)}: {(parts.Length > 0 ? $"{Words(preparing)} to prepare ({parts})" : "nothing to prepare")}, "
                + $"{Words(Step * Steps)} for {Steps} steps, {Words(Validation)} for validation; {Size}"
        );
    }

    private static string Words(TimeSpan time) =>
        time.TotalHours >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h")
        : time.TotalMinutes >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, time.TotalSeconds):0} s");
}
