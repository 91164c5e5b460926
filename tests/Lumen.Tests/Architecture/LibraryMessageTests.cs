using System.Text.RegularExpressions;
using Lumen.Cli;
using Xunit;

namespace Lumen.Tests.Architecture;

/// <summary>The library speaks of properties; only the command line knows flags.</summary>
public partial class LibraryMessageTests
{
    [Fact]
    public void No_string_of_a_library_names_a_flag()
    {
        var faults =
            from path in Libraries()
            from line in SourceTree.CodeOf(path).Split('\n')
            where Literal().Matches(line).Any(literal => FlagName().IsMatch(literal.Value))
            select $"{path}: {line.Trim()} names a flag. Name the property, in backticks.";
        Faults.None(faults);
    }

    [Fact]
    public void Every_property_that_a_message_names_has_a_flag()
    {
        var faults =
            from path in Libraries()
            where !path.StartsWith("src/Lumen.Extensions.AI/", StringComparison.Ordinal) // which no command uses
            from Match match in Property().Matches(SourceTree.CodeOf(path))
            let name = match.Groups[1].Value
            where !PropertyFlags.All.ContainsKey(name)
            select $"{path} names {name}, which PropertyFlags does not know.";
        Faults.None(faults);
    }

    [Fact]
    public void Every_flag_of_a_property_is_one_of_the_command_line()
    {
        var commands = string.Concat(
            SourceTree
                .Code("src/Lumen.Cli")
                .Where(path => !path.EndsWith("PropertyFlags.cs", StringComparison.Ordinal))
                .Select(SourceTree.CodeOf)
        );
        Faults.None(PropertyFlags.All.Values.Where(flag => !commands.Contains($"\"{flag}\"", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Libraries() =>
        SourceTree.Code("src").Where(path => !path.StartsWith("src/Lumen.Cli/", StringComparison.Ordinal));

    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""")]
    private static partial Regex Literal();

    [GeneratedRegex("(?<![-\\w])--[a-z]")]
    private static partial Regex FlagName();

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*)`")]
    private static partial Regex Property();
}
