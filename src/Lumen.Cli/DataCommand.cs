using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Datasets;

namespace Lumen.Cli;

/// <summary><c>lumen data</c>: what is in a labelled data set, and whether it is sound.</summary>
internal static class DataCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private const string CheckDescription = """
        Read every picture and label of a data set and name the first bad item of every kind, with what to do.

        A folder of pictures without labels will do, too. Exit code 2 when there are faults. Classes are taken from classes.json or classes.txt where the format does not fix them.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop) =>
        new("data", "Labelled data sets: what is in them, and whether they are sound.") { Check(terminal, stop), Info(terminal, stop) };

    public static Option<string?> Format() =>
        Flag.Text("--format", "NAME", $"How the data set is laid out: {string.Join(", ", DatasetFormats.Names)}. Default: found out.")
            .Completing(DatasetFormats.Names);

    private static Argument<string> Folder() => new("DIR") { Description = "Folder of the data set." };

    private static Command Check(Terminal terminal, CancellationToken stop)
    {
        var (folder, format, more, json) = (Folder(), Format(), new DatasetFlags(), Flag.Switch("--json", "Print the report as JSON."));
        var command = new Command("check", CheckDescription) { folder, format, json };
        foreach (var option in more.All)
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var dataset = DatasetFormats.OpenPictures(parsed.GetValue(folder)!, parsed.GetValue(format), more.Read(parsed));
            DatasetCheckReport report;
            using (var bar = new ProgressBar(terminal, "checked"))
                report = DatasetCheck.Run(dataset, new Report(bar), stop);
            terminal.Line(parsed.GetValue(json) ? Json(dataset, report) : Text(dataset, report));
            return report.IsSound ? 0 : 2;
        });
        return command;
    }

    private static Command Info(Terminal terminal, CancellationToken stop)
    {
        var (folder, format, more, json) = (Folder(), Format(), new DatasetFlags(), Flag.Switch("--json", "Print the numbers as JSON."));
        var command = new Command("info", "Count the pictures, sizes, captions, labels, depth and classes of a data set.")
        {
            folder,
            format,
            json,
        };
        foreach (var option in more.All)
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var dataset = DatasetFormats.OpenPictures(parsed.GetValue(folder)!, parsed.GetValue(format), more.Read(parsed));
            DatasetSummary summary;
            using (var bar = new ProgressBar(terminal, "counted"))
                summary = DatasetSummary.Of(dataset, new Report(bar), stop);
            terminal.Line(parsed.GetValue(json) ? DataInfo.Json(summary).ToJsonString(Indented) : DataInfo.Text(summary));
            return 0;
        });
        return command;
    }

    private static string Text(Dataset dataset, DatasetCheckReport report)
    {
        var lines = new List<string>
        {
            string.Create(
                CultureInfo.InvariantCulture,
                $"{dataset.Format}: {report.Items} pictures and {report.Labels} label files in {string.Join(", ", dataset.Splits)}"
            ),
        };
        foreach (var fault in report.Faults)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{fault.Title} ({fault.Count}), first: {fault.Message}"));
            lines.Add($"    {fault.Advice}");
        }
        lines.AddRange(report.Notes.Select(note => $"note: {note}"));
        lines.Add(
            report.IsSound
                ? "sound: nothing is wrong with it"
                : $"not sound: {report.Faults.Count} {(report.Faults.Count == 1 ? "kind" : "kinds")} of fault"
        );
        return string.Join(Environment.NewLine, lines.Select(VisibleText.OneLine));
    }

    private static string Json(Dataset dataset, DatasetCheckReport report) =>
        new JsonObject
        {
            ["format"] = dataset.Format,
            ["items"] = report.Items,
            ["labels"] = report.Labels,
            ["sound"] = report.IsSound,
            ["notes"] = new JsonArray([.. report.Notes.Select(note => (JsonNode)note)]),
            ["faults"] = new JsonArray([
                .. report.Faults.Select(fault =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["kind"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.Kind.ToString()),
                            ["count"] = fault.Count,
                            ["item"] = fault.Item,
                            ["message"] = fault.Message,
                            ["advice"] = fault.Advice,
                        }
                ),
            ]),
        }.ToJsonString(Indented);

    private sealed class Report(ProgressBar bar) : IProgress<long>
    {
        void IProgress<long>.Report(long value) => bar.Report(value, 0);
    }
}
