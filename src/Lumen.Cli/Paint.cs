using Spectre.Console;

namespace Lumen.Cli;

/// <summary>
/// Words in colour where the terminal shows it, and the words alone elsewhere: in a pipe, with <c>NO_COLOR</c>, on a dumb terminal.
/// </summary>
internal sealed class Paint
{
    private const int PlainWidth = 100;
    private readonly Lazy<IAnsiConsole>? _console; // made on first use, so that a pipe need not load the library

    private Paint(Lazy<IAnsiConsole>? console) => _console = console;

    /// <summary>No colour at all.</summary>
    public static Paint None { get; } = new(null);

    /// <summary>What the terminal behind a writer can show.</summary>
    public static Paint Of(TextWriter writer) => Of(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });

    internal static Paint Of(AnsiConsoleSettings settings, int? width = null) =>
        new(
            new Lazy<IAnsiConsole>(() =>
            {
                var console = AnsiConsole.Create(settings);
                if (width is { } fixedWidth)
                    console.Profile.Width = fixedWidth;
                return console;
            })
        );

    /// <summary>Columns of the terminal.</summary>
    public int Width => _console?.Value.Profile.Width is > 0 and var width ? width : PlainWidth;

    /// <summary>Whether the terminal shows more than ASCII.</summary>
    public bool IsUnicode => _console?.Value.Profile.Capabilities.Unicode ?? false;

    /// <summary>A title above a list.</summary>
    public string Heading(string text) => In(text, new Style(decoration: Decoration.Bold));

    /// <summary>The name of a command.</summary>
    public string Name(string text) => In(text, new Style(Color.Teal));

    /// <summary>What went wrong.</summary>
    public string Error(string text) => In(text, new Style(Color.Red, decoration: Decoration.Bold));

    /// <summary>What the user should know.</summary>
    public string Warning(string text) => In(text, new Style(Color.Olive));

    /// <summary>The part of a bar that is done.</summary>
    public string Done(string text) => In(text, new Style(Color.Green));

    // Words of one line, so that the library has nothing to wrap.
    private string In(string text, Style style) =>
        _console is null ? text : _console.Value.ToAnsi(new Text(text, style)).TrimEnd('\r', '\n');
}
