namespace Lumen.Research.Evaluation;

/// <summary>One measured figure.</summary>
/// <param name="Name">Key in JSON, snake_case.</param>
/// <param name="Title">What it is, for people.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">dB, s, or empty for fractions 0...1 and cosines.</param>
/// <param name="Bar">What it must reach at least; null where nothing is asked.</param>
public sealed record QuickFigure(string Name, string Title, double Value, string Unit = "", double? Bar = null)
{
    /// <summary>Whether the bar is reached; null where there is none.</summary>
    public bool? Met => Bar is { } bar ? Value >= bar : null;
}
