using System.CommandLine;
using System.Text;
using System.Text.RegularExpressions;

namespace Lumen.Cli;

/// <summary>All commands as the page docs/commands.md, which the hidden command <c>lumen reference</c> prints.</summary>
internal static partial class CommandReference
{
    private const string Introduction = """
        # Commands

        This page is generated from the program: `dotnet run -c Release --project src/Lumen.Cli -- reference > docs/commands.md`. `lumen COMMAND --help` shows the same in a terminal.

        In a checkout, `dotnet run -c Release --project src/Lumen.Cli --` stands for `lumen`. Options have the names of diffusers' scripts and may be written with underscores. Results go to the standard output, warnings and progress to the error stream; `--json`, where a command has it, makes the output one JSON value. Colours and moving bars appear on a terminal only, and no colours where `NO_COLOR` is set.

        | exit code | meaning |
        | ---: | --- |
        | 0 | done |
        | 1 | a bug in lumen, with a stack trace to report |
        | 2 | something that was given cannot be used, or was found unsound; the message says what, where and what to do |
        | 130 | stopped by Ctrl-C; files that were finished stay, nothing is half written |
        """;

    /// <summary>The hidden command.</summary>
    public static Command Build(Terminal terminal, Func<string> page)
    {
        var command = new Command("reference", "Print docs/commands.md.") { Hidden = true };
        command.SetAction(_ => terminal.Line(page().TrimEnd()));
        return command;
    }

    /// <summary>The page.</summary>
    public static string Page(Command root, IReadOnlyList<CommandGroup> groups)
    {
        var page = new StringBuilder(Introduction).Append("\n\n");
        Options(page, "of every command", root.Options);
        foreach (var group in groups)
            page.Append(
                $"- {group.Title}: {string.Join(", ", group.Commands.Select(command => $"[{command.Name}](#lumen-{command.Name})"))}\n"
            );
        page.Append($"\n## By task\n\n{CommandTasks.Table}\n");
        foreach (var group in groups)
        {
            page.Append($"\n## {group.Title}\n");
            foreach (var command in group.Commands)
                Section(page, "lumen", command);
        }
        return page.ToString();
    }

    private static void Section(StringBuilder page, string path, Command command)
    {
        path = $"{path} {command.Name}";
        var places = string.Concat(command.Arguments.Select(argument => $" {Place(argument)}"));
        var rest =
            command.Subcommands.Count > 0 ? " COMMAND"
            : command.Options.Count > 0 ? " [OPTIONS]"
            : "";
        page.Append($"\n### {path}\n\n{command.Description}\n\n`{path}{places}{rest}`\n\n");
        if (command.Arguments.Count > 0)
        {
            page.Append("| argument | |\n| --- | --- |\n");
            foreach (var argument in command.Arguments)
                page.Append($"| `{Cell(Place(argument))}` | {Cell(argument.Description ?? "")} |\n");
            page.Append('\n');
        }
        Options(page, "", command.Options);
        foreach (var verb in command.Subcommands.Where(verb => !verb.Hidden))
            Section(page, path, verb);
    }

    private static void Options(StringBuilder page, string whose, IEnumerable<Option> options)
    {
        var shown = options.Where(option => !option.Hidden).ToArray();
        if (shown.Length == 0)
            return;
        page.Append($"| {$"option {whose}".TrimEnd()} | | default |\n| --- | --- | --- |\n");
        foreach (var option in shown)
        {
            var (text, standard) = Split(option.Description ?? "");
            var names = new[] { option.Name }.Concat(
                option.Aliases.Where(name => name is ['-', not '?', ..]).Order(StringComparer.Ordinal)
            );
            var value = option.Arity.MaximumNumberOfValues > 0 && option.HelpName is { } place ? $" {place}" : "";
            var spelt = string.Join(", ", names.Distinct().Select((name, index) => $"`{Cell(name + (index == 0 ? value : ""))}`"));
            page.Append($"| {spelt} | {Cell(text)} | {(option.Required ? "required" : Cell(standard))} |\n");
        }
        page.Append('\n');
    }

    // Descriptions end in "Default: what."; some say more behind it.
    private static (string Text, string Default) Split(string description)
    {
        var match = Default().Match(description);
        return match.Success ? (description.Remove(match.Index, match.Length).Trim(), match.Groups[1].Value) : (description, "");
    }

    private static string Place(Argument argument) =>
        argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name} ..."
        : argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]"
        : argument.Name;

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex(@"\s*\bDefault: (.+?)\.(?=\s|$)")]
    private static partial Regex Default();
}
