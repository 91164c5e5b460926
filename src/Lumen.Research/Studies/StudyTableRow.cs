namespace Lumen.Research.Studies;

/// <summary>A row of a table.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Figures">Figures by the key of their column; null or absent where there is none.</param>
public sealed record StudyTableRow(string Name, IReadOnlyDictionary<string, StudyFigure?> Figures)
{
    /// <summary>The figure of a column, or null.</summary>
    public StudyFigure? this[string column] => Figures.GetValueOrDefault(column);
}
