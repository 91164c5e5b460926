using System.Text.Json.Nodes;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class EvaluateCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void The_quick_evaluation_prints_json_and_writes_report_and_sheet()
    {
        var outcome = CommandLine.Run(
            "evaluate",
            "quick",
            "--model",
            cli.Model,
            "--references",
            "4",
            "--steps",
            "1",
            "--json",
            "--output-dir",
            cli.File("report")
        );
        Assert.True(outcome.Code == 0, outcome.Error);
        var report = JsonNode.Parse(outcome.Output)!;
        Assert.Equal(4, (int)report["references"]!);
        Assert.NotNull(report["figures"]!["vae_psnr_db"]!["value"]);
        Assert.Equal(
            ["report.json", "report.txt", "sheet.png"],
            Directory.EnumerateFiles(cli.File("report")).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void References_out_of_range_are_refused()
    {
        var outcome = CommandLine.Run("evaluate", "quick", "--model", cli.Model, "--references", "1");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("--references must be 2 to 100000 but is 1", outcome.Error, StringComparison.Ordinal);
    }
}
