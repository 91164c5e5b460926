namespace Lumen.Studio.Pages;

/// <summary>A line of a diagram.</summary>
/// <param name="Name">What it is, for the legend.</param>
/// <param name="Points">Values by their steps.</param>
public sealed record CurveLine(string Name, IReadOnlyList<(long Step, double Value)> Points);
