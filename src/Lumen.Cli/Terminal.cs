namespace Lumen.Cli;

/// <summary>Where the program writes: results to the output, warnings and progress to the error stream.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Warnings, progress, errors.</param>
/// <param name="isInteractive">True where a person watches: progress is then one line that changes.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool isInteractive)
{
    private int _width;

    /// <summary>Results.</summary>
    public TextWriter Output => output;

    /// <summary>Warnings, progress, errors.</summary>
    public TextWriter Error => error;

    /// <summary>True where progress is one line that changes.</summary>
    public bool IsInteractive => isInteractive;

    /// <summary>A result.</summary>
    public void Line(string text)
    {
        EndLine();
        output.WriteLine(text);
    }

    /// <summary>Something the user should know although the work goes on.</summary>
    public void Warn(string text)
    {
        EndLine();
        error.WriteLine($"warning: {text}");
    }

    /// <summary>What is going on: replaces the line before on a terminal, a line of its own elsewhere.</summary>
    public void Status(string text)
    {
        if (isInteractive) error.Write($"\r{text.PadRight(_width)}");
        else error.WriteLine(text);
        _width = isInteractive ? text.Length : 0;
        error.Flush();
    }

    /// <summary>Ends a changing line, so that what follows begins at the left.</summary>
    public void EndLine()
    {
        if (_width > 0) error.WriteLine();
        _width = 0;
    }
}
