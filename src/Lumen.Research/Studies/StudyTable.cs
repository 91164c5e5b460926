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
