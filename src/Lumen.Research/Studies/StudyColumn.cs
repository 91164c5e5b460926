namespace Lumen.Research.Studies;

/// <summary>A column of a table.</summary>
/// <param name="Key">Its name in files.</param>
/// <param name="Title">Its title for people.</param>
/// <param name="Unit">Unit, such as <c>degrees</c>; empty for shares 0...1 and other bare numbers.</param>
/// <param name="HigherIsBetter">Whether more is better; null where neither is.</param>
/// <param name="Format">Format of its numbers.</param>
public sealed record StudyColumn(string Key, string Title, string Unit = "", bool? HigherIsBetter = null, string Format = "0.000")
{
    /// <summary>Title and unit, in letters that plots have.</summary>
    public string Named => Title + (Unit.Length > 0 ? $" ({Unit})" : "");

    /// <summary>Which end is better, in words; empty where neither is.</summary>
    public string Better =>
        HigherIsBetter switch
        {
            true => "more is better",
            false => "less is better",
            _ => "",
        };

    /// <summary>Title, unit, and an arrow towards the better end.</summary>
    public string Heading =>
        Named
        + HigherIsBetter switch
        {
            true => " ↑",
            false => " ↓",
            _ => "",
        };
}
