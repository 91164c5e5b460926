using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Lumen.Cli;

/// <summary>
/// Help that fits a terminal of 100 columns: the program's by groups of commands; below a group, each command by the first paragraph of its
/// description.
/// </summary>
internal sealed class ShortHelp(IReadOnlyList<CommandGroup> groups, Paint paint) : SynchronousCommandLineAction
{
    private const int Columns = 100;
    private const int NameColumns = 15;
    private readonly HelpAction _help = new() { MaxWidth = Columns };

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Parent is null)
        {
            output.Write(Program(command));
            return 0;
        }
        foreach (var verb in command.Subcommands)
            verb.Description = verb.Description?.Split("\n\n")[0];
        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        var code = _help.Invoke(parseResult);
        foreach (var line in text.ToString().TrimEnd().Split('\n'))
            output.WriteLine(IsHeading(line) ? paint.Heading(line.TrimEnd()) : line.TrimEnd());
        return code;
    }

    /// <summary>Words in lines of at most so many columns.</summary>
    internal static IEnumerable<string> Wrapped(string text, int columns)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > columns)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        if (line.Length > 0)
            yield return line;
    }

    private string Program(Command root)
    {
        var lines = new List<string>();
        foreach (var paragraph in root.Description!.Split("\n\n"))
            lines.AddRange([.. Paragraph(paragraph), ""]);
        lines.AddRange([paint.Heading("Usage:"), "  lumen COMMAND [OPTIONS]", ""]);
        foreach (var group in groups)
        {
            lines.Add(paint.Heading($"{group.Title}:"));
            foreach (var command in group.Commands)
                lines.AddRange(Row(command.Name, command.Description!.Split("\n\n")[0], paint.Name));
            lines.Add("");
        }
        lines.Add(paint.Heading("Options of every command:"));
        foreach (var option in root.Options.Where(option => !option.Hidden))
            lines.AddRange(Row(Names(option), option.Description!, name => name));
        lines.AddRange(["", "lumen COMMAND --help explains one command. Exit codes: 0 done, 1 a bug, 2 wrong input, 130 stopped."]);
        return string.Join(Environment.NewLine, lines) + Environment.NewLine;
    }

    // Commands to copy stay on their line.
    private static IEnumerable<string> Paragraph(string text) => text.StartsWith(' ') ? text.Split('\n') : Wrapped(text, Columns);

    private static IEnumerable<string> Row(string name, string text, Func<string, string> painted)
    {
        var wide = Math.Max(NameColumns, name.Length + 1);
        var lines = Wrapped(text, Columns - 2 - wide).ToArray();
        yield return $"  {painted(name)}{new string(' ', wide - name.Length)}{lines[0]}";
        foreach (var more in lines.Skip(1))
            yield return new string(' ', 2 + wide) + more;
    }

    private static string Names(Option option) =>
        string.Join(", ", option.Aliases.Where(name => name is ['-', not '?']).Append(option.Name).Distinct());

    private static bool IsHeading(string line) => line.Length > 1 && char.IsAsciiLetterUpper(line[0]) && line.TrimEnd().EndsWith(':');
}
