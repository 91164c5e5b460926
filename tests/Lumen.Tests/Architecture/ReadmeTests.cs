using System.Text.RegularExpressions;
using Lumen.Cli;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>The first page: short enough to be read, and its commands are commands.</summary>
public partial class ReadmeTests
{
    private const string Program = "dotnet run -c Release --project src/Lumen.Cli -- ";

    [Fact]
    public void The_readme_has_at_most_700_words_beside_its_code() =>
        Assert.InRange(Aside().Replace(SourceTree.Text("README.md"), " ").Split().Count(word => word.Any(char.IsLetterOrDigit)), 300, 700);

    [Fact]
    public void The_first_two_blocks_of_the_readme_do_the_main_job_and_run_the_tests()
    {
        var blocks = Block().Matches(SourceTree.Text("README.md")).Select(match => match.Groups[1].Value.Trim()).Take(2).ToArray();
        Assert.StartsWith(Program + "generate --reference samples/pictures/street-day.png --prompt ", blocks[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\n', blocks[0]);
        Assert.Equal("dotnet test", blocks[1]);
    }

    [Fact]
    public void The_library_lines_of_the_readme_are_those_of_the_library_page() =>
        Assert.Equal(Lines("docs/library.md"), Lines("README.md"));

    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("docs/commands.md")]
    public void Commands_in_the_documents_exist(string path)
    {
        var root = CommandTree.Describe();
        var called = Call().Matches(SourceTree.Text(path)).Select(match => match.Groups[1].Value.Split(' ')).ToList();
        Assert.NotEmpty(called);
        Faults.None(
            called
                .Where(words => root.Subcommands.All(verb => verb.Name != words[0]))
                .Select(words => $"{path}: lumen {string.Join(' ', words)} is no command.")
        );
    }

    private static string Lines(string path) => Sharp().Match(SourceTree.Text(path)).Groups[1].Value;

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Sharp();

    [GeneratedRegex(@"```.*?```|<!--.*?-->|(?<=\])\([^)]*\)", RegexOptions.Singleline)]
    private static partial Regex Aside();

    [GeneratedRegex(@"^```\w*\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(?:`lumen |src/Lumen\.Cli -- )([a-z]+(?: [a-z]+)?)")]
    private static partial Regex Call();
}
