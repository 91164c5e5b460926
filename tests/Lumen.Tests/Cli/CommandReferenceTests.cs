using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class CommandReferenceTests
{
    private static string Page => CommandLine.Run("reference").Output.ReplaceLineEndings("\n");

    [Fact]
    public void The_command_page_is_what_the_program_says()
    {
        var stored = File.ReadAllText(Path.Combine(Golden.Repository, "docs", "commands.md"));
        Assert.True(
            stored == Page,
            "docs/commands.md is not what the program says of its commands. Write it again: "
                + "dotnet run -c Release --project src/Lumen.Cli -- reference > docs/commands.md"
        );
    }

    [Fact]
    public void A_row_tells_an_option_its_aliases_and_its_default()
    {
        Assert.Contains("\n| `--num-inference-steps N`, `--steps` | Denoising steps. | 20 |\n", Page, StringComparison.Ordinal);
        Assert.Contains("| `--prompt TEXT` | Appearance of the results in words. | required |", Page, StringComparison.Ordinal);
        Assert.Contains("`--dtype auto\\|float32\\|bfloat16`", Page, StringComparison.Ordinal);
        Assert.Contains("| `--quiet`, `-q` |", Page, StringComparison.Ordinal);
        Assert.Contains("\n### lumen layout fit\n", Page, StringComparison.Ordinal);
        Assert.DoesNotContain("lumen reference\n", Page, StringComparison.Ordinal);
    }
}
