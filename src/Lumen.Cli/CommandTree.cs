using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Lumen.Cli;

/// <summary>All verbs, and how they are called.</summary>
internal static class CommandTree
{
    private const string Description = """
        Lumen makes pictures with the layout of a reference and the appearance of a prompt. It needs no labels: the layout is read from the features of a frozen network.

          lumen generate --reference PICTURE --prompt "a street at night in fog"
        """;

    /// <summary>Parses and runs.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="LumenException">The arguments cannot be parsed.</exception>
    private const int FewVerbs = 12; // that an error names

    public static int Invoke(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken stop)
    {
        var (root, verbosity) = Build(terminal, stop);
        if (Completion.IsAsked(arguments, out var line, out var position))
        {
            foreach (var word in Completion.At(root, line, position))
                terminal.Line(word);
            return 0;
        }
        var normal = ArgumentNames.Normalise(arguments);
        var parsed = root.Parse(
            normal.Length == 0 ? ["--help"] : normal,
            new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null }
        );
        if (parsed.Action is ParseErrorAction)
            throw new LumenException($"{Faults(parsed)}{Suggestions(parsed)} See: {Path(parsed.CommandResult)} --help");
        terminal.Verbosity = verbosity.Of(parsed);
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return parsed.Invoke(configuration);
    }

    /// <summary>All commands, which are not to be run.</summary>
    internal static Command Describe() => Build(new Terminal(TextWriter.Null, TextWriter.Null, false), CancellationToken.None).Root;

    // A command is one line here; help, completion and docs/commands.md follow.
    private static CommandGroup[] Groups(Terminal terminal, CancellationToken stop) =>
        [
            new(
                "Make pictures",
                [
                    GenerateCommand.Build(terminal, stop),
                    GridCommand.Build(terminal, stop),
                    LayoutCommand.Build(terminal, stop),
                    ConditionCommand.Build(terminal),
                    ReproduceCommand.Build(terminal, stop),
                ]
            ),
            new(
                "Labelled data sets",
                [
                    AugmentCommand.Build(terminal, stop),
                    ReviewCommand.Build(terminal, stop),
                    VerifyCommand.Build(terminal, stop),
                    DataCommand.Build(terminal, stop),
                    CaptionCommand.Build(terminal, stop),
                    ScenesCommand.Build(terminal, stop),
                ]
            ),
            new("The page", [StudioCommand.Build(terminal, stop)]),
            new("Training", [TrainCommand.Build(terminal, stop)]),
            new("Models", [ModelCommand.Build(terminal, stop)]),
            new("Research", [EvaluateCommand.Build(terminal, stop), StudyCommand.Build(terminal, stop)]),
            new("This program", [DoctorCommand.Build(terminal), CompletionCommand.Build(terminal)]),
        ];

    private static (Command Root, VerbosityFlags Verbosity) Build(Terminal terminal, CancellationToken stop)
    {
        var root = new Command("lumen", Description);
        var groups = Groups(terminal, stop);
        foreach (var command in groups.SelectMany(group => group.Commands))
            root.Subcommands.Add(command);
        root.Subcommands.Add(CommandReference.Build(terminal, () => CommandReference.Page(root, groups)));
        root.Options.Add(new HelpOption { Action = new ShortHelp(groups, terminal.OutputPaint), Description = "Show help." });
        root.Options.Add(new VersionOption { Description = "Show the version." });
        Extensions.AddTo(root);
        return (root, VerbosityFlags.AddTo(root));
    }

    // Where a word stands in the place of a command, the word is at fault, and not that there is no command.
    private static string Faults(ParseResult parsed)
    {
        const string Missing = "Required command was not provided.";
        var faults = parsed.Errors.Select(error => error.Message).Distinct().ToArray();
        var verbs = parsed.CommandResult.Command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name).ToArray();
        if (!faults.Contains(Missing) || verbs.Length > FewVerbs)
            return string.Join(" ", faults.Length > 1 ? faults.Where(fault => fault != Missing) : faults);
        return $"{string.Join(" ", faults.Where(fault => fault != Missing).Append(""))}Give one of {string.Join(", ", verbs)}.";
    }

    // The first word that was not understood, among the verbs and options that could stand there, or a verb of that name elsewhere.
    private static string Suggestions(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.FirstOrDefault(token => token.Length > 1) is not { } word)
            return "";
        var known = word.StartsWith('-')
            ? command
                .Options.SelectMany(option => option.Aliases.Prepend(option.Name))
                .Where(name => name.StartsWith("--", StringComparison.Ordinal))
            : command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name);
        if (Suggestion.Nearest(word, known) is { } near)
            return $" Did you mean {near}?";
        if (word.StartsWith('-'))
            return "";
        var deeper = command
            .Subcommands.SelectMany(group => group.Subcommands.Select(verb => (Path: $"{group.Name} {verb.Name}", verb.Name)))
            .Where(verb => verb.Name == word)
            .Select(verb => verb.Path)
            .ToArray();
        return deeper.Length > 0 ? $" Did you mean {string.Join(" or ", deeper)}?" : "";
    }

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : result.Command.Name;
}
