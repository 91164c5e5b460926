namespace Lumen.Research.Studies;

/// <summary>A point of a curve with its interval.</summary>
/// <param name="X">Across.</param>
/// <param name="Figure">Up, with its interval.</param>
/// <param name="Label">Written beside it; empty for nothing.</param>
public sealed record PlotPoint(double X, StudyFigure Figure, string Label = "");
