using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lumen.Research.Studies;

/// <summary>
/// A study's findings as files: <c>report.md</c>, <c>study.json</c>, a CSV a table, <c>pictures.csv</c> with every single figure, and the
/// drawings. The same rows give the same bytes.
/// </summary>
public static class StudyReport
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes all of it.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="about">The study, its recipe, and what was left out.</param>
    /// <param name="rows">What was measured.</param>
    /// <param name="findings">What follows from it.</param>
    /// <exception cref="LumenException">A file cannot be written.</exception>
    public static void Write(
        StudyStore store,
        (IStudy Study, StudyRecipe Recipe, IReadOnlyList<string> Skipped) about,
        IReadOnlyList<StudyRow> rows,
        StudyFindings findings
    )
    {
        foreach (var drawing in findings.Drawings)
            store.WritePicture(drawing.Name + ".png", drawing.Picture);
        foreach (var table in findings.Tables)
            store.WriteText($"table-{table.Name}.csv", table.ToCsv());
        store.WriteText("pictures.csv", Pictures(rows));
        store.WriteText("study.json", Json(about, findings) + "\n");
        store.WriteText("report.md", Markdown(about, findings));
    }

    /// <summary>The report for people.</summary>
    public static string Markdown((IStudy Study, StudyRecipe Recipe, IReadOnlyList<string> Skipped) about, StudyFindings findings)
    {
        var text = new StringBuilder($"# Study: {about.Study.Name}\n\n{about.Study.Question}\n\n**Meaning.** {findings.Meaning}\n");
        foreach (var table in findings.Tables.Where(table => !table.IsDetail))
        {
            text.Append($"\n## {table.Title}\n\n{table.ToMarkdown()}");
            if (table.Note.Length > 0)
                text.Append($"\n{table.Note}\n");
        }
        text.Append(
            "\nEach figure: value [95 % interval over references], ± standard deviation over seeds where there are several. ↑ more is "
                + "better, ↓ less is better, - not measured.\n"
        );
        foreach (var drawing in findings.Drawings)
            text.Append($"\n![{drawing.Caption}]({drawing.Name}.png)\n\n{drawing.Caption}\n");
        if (findings.Targets.Count > 0)
        {
            text.Append("\n## Targets\n\n| asked | found | |\n| --- | --- | --- |\n");
            foreach (var target in findings.Targets)
                text.Append($"| {target.Statement} | {target.Found} | {Verdict(target)} |\n");
        }
        foreach (var table in findings.Tables.Where(table => table.IsDetail))
            text.Append($"\n[{table.Title}](table-{table.Name}.csv){(table.Note.Length > 0 ? $". {table.Note}" : "")}\n");
        List(text, "What would change the conclusion", findings.WouldChange);
        List(text, "How it was measured", findings.Setting);
        if (about.Skipped.Count > 0)
            List(text, "Left out", about.Skipped);
        return text.ToString();
    }

    /// <summary>The report for machines. It holds no time and no path of the machine.</summary>
    public static string Json((IStudy Study, StudyRecipe Recipe, IReadOnlyList<string> Skipped) about, StudyFindings findings) =>
        new JsonObject
        {
            ["study"] = about.Study.Name,
            ["question"] = about.Study.Question,
            ["meaning"] = findings.Meaning,
            ["tables"] = new JsonArray([.. findings.Tables.Select(table => (JsonNode)table.ToJson())]),
            ["targets"] = new JsonArray([
                .. findings.Targets.Select(target =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["asked"] = target.Statement,
                            ["found"] = target.Found,
                            ["met"] = target.Met,
                        }
                ),
            ]),
            ["would_change"] = new JsonArray([.. findings.WouldChange.Select(line => (JsonNode)line!)]),
            ["setting"] = new JsonArray([.. findings.Setting.Select(line => (JsonNode)line!)]),
            ["left_out"] = new JsonArray([.. about.Skipped.Select(line => (JsonNode)line!)]),
            ["recipe"] = JsonNode.Parse(about.Recipe.ToJson()),
        }.ToJsonString(Indented);

    private static string Verdict(StudyTarget target) =>
        target.Met switch
        {
            true => "met",
            false => "missed",
            _ => "not measured",
        };

    private static void List(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        text.Append($"\n## {title}\n\n");
        foreach (var line in lines)
            text.Append($"- {line}\n");
    }

    // Single numbers only: what is pooled (counts, features) stays in the units.
    private static string Pictures(IReadOnlyList<StudyRow> rows)
    {
        string[] names =
        [
            .. rows.SelectMany(row => row.Values.Where(value => value.Value.Length == 1).Select(value => value.Key))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
        var text = new StringBuilder("condition,reference,seed,").AppendJoin(',', names).Append('\n');
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Condition},{row.Reference},{row.Seed},");
            text.AppendJoin(',', names.Select(name => row.Has(name) ? row[name].ToString("R", CultureInfo.InvariantCulture) : ""))
                .Append('\n');
        }
        return text.ToString();
    }
}
