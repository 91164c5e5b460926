using System.CommandLine;
using Lumen.Cli;
using Xunit;
using TreeCommand = System.CommandLine.Command;

namespace Lumen.Tests.Cli;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. Below(CommandTree.Describe(), "").Select(found => found.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_explains_itself_in_100_columns(string path)
    {
        var run = CommandLine.Run([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains($"lumen {path}".TrimEnd(), run.Output, StringComparison.Ordinal);
        Assert.All(run.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 101));
        var command = Below(CommandTree.Describe(), "").Single(found => found.Path == path).Command;
        Assert.All(
            command.Options.Select(option => option.Name).Concat(Shown(command).Select(verb => verb.Name)),
            name => Assert.Contains(name, run.Output, StringComparison.Ordinal)
        );
        Assert.All(command.Options, option => Assert.EndsWith(".", option.Description, StringComparison.Ordinal));
    }

    [Fact]
    public void The_program_shows_its_commands_in_groups()
    {
        var help = CommandLine.Run("--help").Output;
        var titles = new[] { "Make pictures:", "Labelled data sets:", "Training:", "Models:", "Research:", "This program:" };
        var places = titles.Select(title => help.IndexOf(title, StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        var between = help[help.IndexOf(titles[1], StringComparison.Ordinal)..help.IndexOf(titles[2], StringComparison.Ordinal)];
        Assert.Contains("  augment ", between, StringComparison.Ordinal);
        Assert.Contains("  data ", between, StringComparison.Ordinal);
        Assert.DoesNotContain("  generate ", between, StringComparison.Ordinal);
        Assert.DoesNotContain("  reference ", help, StringComparison.Ordinal); // for those who keep the documents
    }

    [Fact]
    public void A_group_tells_each_verb_in_one_paragraph()
    {
        var run = CommandLine.Run("layout", "--help");
        Assert.Contains("Fit a layout basis to a folder of pictures.", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("variance.png", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_verb_the_help_is_shown()
    {
        var run = CommandLine.Run();
        Assert.Equal(0, run.Code);
        Assert.Contains("lumen generate --reference", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 10)]
    [InlineData("one two three", 7, "one two", "three")]
    [InlineData("a-word-wider-than-the-line b", 5, "a-word-wider-than-the-line", "b")]
    public void Text_is_wrapped_between_words(string text, int columns, params string[] lines) =>
        Assert.Equal(lines, ShortHelp.Wrapped(text, columns));

    private static IEnumerable<TreeCommand> Shown(TreeCommand command) => command.Subcommands.Where(verb => !verb.Hidden);

    private static IEnumerable<(string Path, TreeCommand Command)> Below(TreeCommand command, string path) =>
        Shown(command).SelectMany(verb => Below(verb, $"{path} {verb.Name}".TrimStart())).Prepend((path, command));
}
