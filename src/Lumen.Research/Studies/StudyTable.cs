using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Lumen.Research.Studies;

/// <summary>A table of figures with intervals. Columns without a single figure are not shown.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Title">Its title.</param>
/// <param name="First">Heading of the column of names.</param>
/// <param name="AllColumns">The columns.</param>
/// <param name="Rows">The rows.</param>
public sealed record StudyTable(
    string Name,
    string Title,
    string First,
    IReadOnlyList<StudyColumn> AllColumns,
    IReadOnlyList<StudyTableRow> Rows
)
{
    /// <summary>What the numbers are, where the title does not say.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether the report only says where it is: long tables that a plot shows.</summary>
    public bool IsDetail { get; init; }

    /// <summary>The columns that have a figure.</summary>
    public IReadOnlyList<StudyColumn> Columns => [.. AllColumns.Where(column => Rows.Any(row => row[column.Key] is not null))];

    /// <summary>The row of a name, or null.</summary>
    public StudyTableRow? this[string name] => Rows.FirstOrDefault(row => row.Name == name);

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown()
    {
        var columns = Columns;
        var text = new StringBuilder();
        text.Append($"| {First} |").AppendJoin("", columns.Select(column => $" {column.Heading} |")).Append('\n');
        text.Append("| --- |").AppendJoin("", columns.Select(_ => " ---: |")).Append('\n');
        foreach (var row in Rows)
            text.Append($"| {row.Name} |")
                .AppendJoin("", columns.Select(column => $" {row[column.Key]?.ToText(column.Format) ?? "-"} |"))
                .Append('\n');
        return text.ToString();
    }

    /// <summary>The table as CSV, one figure a line.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("row,column,unit,value,low,high,seed_spread,references,seeds\n");
        foreach (var row in Rows)
        {
            foreach (var column in Columns)
            {
                if (row[column.Key] is not { } figure)
                    continue;
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{Quoted(row.Name)},{column.Key},{Quoted(column.Unit)},{figure.Value:R},{figure.Low:R},{figure.High:R},"
                        + $"{figure.SeedSpread:R},{figure.References},{figure.Seeds}\n"
                );
            }
        }
        return text.ToString();
    }

    /// <summary>The table as JSON.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["name"] = Name,
            ["title"] = Title,
            ["note"] = Note,
            ["columns"] = new JsonArray([
                .. Columns.Select(column =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["key"] = column.Key,
                            ["title"] = column.Title,
                            ["unit"] = column.Unit,
                            ["higher_is_better"] = column.HigherIsBetter,
                        }
                ),
            ]),
            ["rows"] = new JsonArray([.. Rows.Select(row => (JsonNode)new JsonObject { ["name"] = row.Name, ["figures"] = Figures(row) })]),
        };

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private JsonObject Figures(StudyTableRow row)
    {
        var figures = new JsonObject();
        foreach (var column in Columns)
        {
            figures[column.Key] = row[column.Key] is not { } figure
                ? null
                : new JsonObject
                {
                    ["value"] = figure.Value,
                    ["low"] = figure.Low,
                    ["high"] = figure.High,
                    ["seed_spread"] = figure.SeedSpread,
                    ["references"] = figure.References,
                    ["seeds"] = figure.Seeds,
                };
        }
        return figures;
    }
}

/// <summary>A row of a table.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Figures">Figures by the key of their column; null or absent where there is none.</param>
public sealed record StudyTableRow(string Name, IReadOnlyDictionary<string, StudyFigure?> Figures)
{
    /// <summary>The figure of a column, or null.</summary>
    public StudyFigure? this[string column] => Figures.GetValueOrDefault(column);
}

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

/// <summary>A figure of a table: its value, the 95 % interval over references, and how much it changes from seed to seed.</summary>
/// <param name="Value">The figure over all rows.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="SeedSpread">Standard deviation (n - 1) of the figure over the seeds, each by itself; null with fewer than two
/// seeds.</param>
/// <param name="References">References behind it.</param>
/// <param name="Seeds">Seeds behind it.</param>
public sealed record StudyFigure(double Value, double Low, double High, double? SeedSpread, int References, int Seeds)
{
    /// <summary>True if even the lower end is above another figure's upper end.</summary>
    public bool IsAbove(StudyFigure other) => Low > other.High;

    /// <summary><c>0.712 [0.690, 0.731] ±0.004</c>.</summary>
    /// <param name="format">Format of each number.</param>
    public string ToText(string format)
    {
        var spread = SeedSpread is { } deviation ? $" ±{Number(deviation, format)}" : "";
        return $"{Number(Value, format)} [{Number(Low, format)}, {Number(High, format)}]{spread}";
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
