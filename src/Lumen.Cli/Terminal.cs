namespace Lumen.Cli;

/// <summary>
/// Where the program writes: results to the output, warnings and progress to the error stream. Names, prompts and licences come from files
/// of others, so whatever is written is <see cref="VisibleText"/>. The library's messages name properties; what is written names the flags
/// of <see cref="PropertyFlags"/>.
/// </summary>
/// <param name="output">Results.</param>
/// <param name="error">Warnings, progress, errors.</param>
/// <param name="isInteractive">True where a person watches: progress is then one line that changes.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool isInteractive)
{
    private readonly VisibleWriter _output = new(output),
        _error = new(error);
    private int _width;

    /// <summary>Results.</summary>
    public TextWriter Output => _output;

    /// <summary>Warnings, progress, errors.</summary>
    public TextWriter Error => _error;

    /// <summary>True where progress is one line that changes.</summary>
    public bool IsInteractive => isInteractive;

    /// <summary>
    /// True while nothing is lost when the process ends: it then does so soon after the first signal, whatever it is in the middle of.
    /// </summary>
    public bool EndsAtOnce { get; set; }

    /// <summary>A result.</summary>
    public void Line(string text)
    {
        EndLine();
        _output.WriteLine(text);
    }

    /// <summary>Something the user should know although the work goes on.</summary>
    public void Warn(string text)
    {
        EndLine();
        _error.WriteLine($"warning: {VisibleText.OneLine(text)}");
    }

    /// <summary>What is going on: replaces the line before on a terminal, a line of its own elsewhere.</summary>
    public void Status(string text)
    {
        var shown = VisibleText.Of(PropertyFlags.In(text));
        if (isInteractive)
            error.Write($"\r{shown.PadRight(_width)}");
        else
            error.WriteLine(shown);
        _width = isInteractive ? shown.Length : 0;
        error.Flush();
    }

    /// <summary>Ends a changing line, so that what follows begins at the left.</summary>
    public void EndLine()
    {
        if (_width > 0)
            error.WriteLine();
        _width = 0;
    }
}
