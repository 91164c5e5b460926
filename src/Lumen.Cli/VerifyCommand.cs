using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Augmentation;

namespace Lumen.Cli;

/// <summary><c>lumen verify</c>: whether an enlarged data set is what its manifest says.</summary>
internal static class VerifyCommand
{
    private const int Shown = 10;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder that lumen augment wrote." };
        var json = Flag.Switch("--json", "Print the report as JSON.");
        var command = new Command("verify", "Hash every file of an enlarged data set and compare with its manifest.\n\nExit code 2 when a file is missing or was changed.") { folder, json };
        command.SetAction(parsed =>
        {
            VerificationReport report;
            using (var bar = new ProgressBar(terminal, "verified")) report = Verification.Run(parsed.GetValue(folder)!, new Report(bar), stop);
            if (parsed.GetValue(json))
            {
                terminal.Line(new JsonObject
                {
                    ["items"] = report.Items,
                    ["files"] = report.Files,
                    ["sound"] = report.IsSound,
                    ["faults"] = new JsonArray([.. report.Faults.Select(fault => (JsonNode)fault)]),
                }.ToJsonString(Indented));
                return report.IsSound ? 0 : 2;
            }
            foreach (var fault in report.Faults.Take(Shown)) terminal.Line(fault);
            if (report.Faults.Count > Shown) terminal.Line($"... and {report.Faults.Count - Shown} more");
            terminal.Line($"{report.Items} generated pictures, {report.Files} files: {(report.IsSound ? "all are what the manifest says" : $"{report.Faults.Count} missing or changed")}");
            return report.IsSound ? 0 : 2;
        });
        return command;
    }

    private sealed class Report(ProgressBar bar) : IProgress<long>
    {
        void IProgress<long>.Report(long value) => bar.Report(value, 0);
    }
}
