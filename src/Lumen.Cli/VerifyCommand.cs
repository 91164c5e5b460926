using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Augmentation;

namespace Lumen.Cli;

/// <summary><c>lumen verify</c>: whether an augmented data set is what its manifest says.</summary>
internal static class VerifyCommand
{
    private const int Shown = 10;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private const string Description = """
        Compare an augmented data set with its records: every picture, label, original and list, the order and length of the manifest, and what is in the folder although nothing names it.

        Exit code 2 when something is missing, was changed or was put in. The digest at the end stands for all of it: written down elsewhere, it tells later whether records were changed together with files.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder that lumen augment wrote." };
        var json = Flag.Switch("--json", "Print the report as JSON.");
        var command = new Command("verify", Description) { folder, json };
        command.SetAction(parsed =>
        {
            terminal.AtOnce = () => { };
            VerificationReport report;
            using (var bar = new ProgressBar(terminal, "verified"))
                report = Verification.Run(parsed.GetValue(folder)!, new Report(bar), stop);
            if (parsed.GetValue(json))
            {
                terminal.Line(
                    new JsonObject
                    {
                        ["items"] = report.Items,
                        ["files"] = report.Files,
                        ["sound"] = report.IsSound,
                        ["faults"] = new JsonArray([.. report.Faults.Select(fault => (JsonNode)fault)]),
                        ["notes"] = new JsonArray([.. report.Notes.Select(note => (JsonNode)note)]),
                        ["sha256"] = report.Sha256.Length > 0 ? report.Sha256 : null,
                    }.ToJsonString(Indented)
                );
                return report.IsSound ? 0 : 2;
            }
            foreach (var fault in report.Faults.Take(Shown))
                terminal.Line(VisibleText.OneLine(fault));
            if (report.Faults.Count > Shown)
                terminal.Line($"... and {report.Faults.Count - Shown} more");
            foreach (var note in report.Notes)
                terminal.Warn(note);
            var faults = report.Faults.Count == 1 ? "1 fault" : $"{report.Faults.Count} faults";
            terminal.Line(
                $"{report.Items} generated pictures, {report.Files} files: {(report.IsSound ? "all are what the records say" : faults)}"
            );
            if (report.Sha256.Length > 0)
                terminal.Line($"digest   {report.Sha256}");
            return report.IsSound ? 0 : 2;
        });
        return command;
    }

    private sealed class Report(ProgressBar bar) : IProgress<long>
    {
        void IProgress<long>.Report(long value) => bar.Report(value, 0);
    }
}
