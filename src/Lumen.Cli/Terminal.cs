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
    private const int BarCells = 24;
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
    /// Set while nothing is lost when the process ends: it then does so soon after the first signal, whatever it is in the middle of, and
    /// this is called before.
    /// </summary>
    public Action? AtOnce { get; set; }

    /// <summary>How this process was started.</summary>
    public JobLaunch Launch { get; init; } = JobLaunch.Alone;

    /// <summary>Called with the exit code when a failure has been written: ends the other processes of the job.</summary>
    public Action<int>? AfterFailure { get; set; }

    /// <summary>Receives why the work ended, in a process that writes nothing else; null where there is a terminal.</summary>
    public Action<string>? Elsewhere { get; init; }

    /// <summary>Colours of the output.</summary>
    public Paint OutputPaint { get; init; } = Paint.None;

    /// <summary>Colours of the error stream.</summary>
    public Paint ErrorPaint { get; init; } = Paint.None;

    /// <summary>How much is written beside results and errors.</summary>
    public Verbosity Verbosity { get; set; } = Verbosity.Normal;

    /// <summary>That of this process: changing lines and colours where a stream is a terminal.</summary>
    public static Terminal OfConsole(JobLaunch? launch = null) =>
        new(Console.Out, Console.Error, !Console.IsErrorRedirected)
        {
            Launch = launch ?? JobLaunch.Alone,
            OutputPaint = Console.IsOutputRedirected ? Paint.None : Paint.Of(Console.Out),
            ErrorPaint = Console.IsErrorRedirected ? Paint.None : Paint.Of(Console.Error),
        };

    /// <summary>A result that was asked for.</summary>
    public void Line(string text)
    {
        EndLine();
        _output.WriteLine(text);
    }

    /// <summary>What was done or will be, for a person to read: which model, which file was written.</summary>
    public void Note(string text)
    {
        if (Verbosity != Verbosity.Quiet)
            Line(text);
    }

    /// <summary>What only matters to who looks for the cause of something.</summary>
    public void Detail(string text)
    {
        if (Verbosity != Verbosity.Verbose)
            return;
        EndLine();
        _error.WriteLine(text);
    }

    /// <summary>Something the user should know although the work goes on.</summary>
    public void Warn(string text) => Tell(ErrorPaint.Warning("warning:"), VisibleText.OneLine(text));

    /// <summary>Why the work ended.</summary>
    public void Fail(string text)
    {
        Tell(ErrorPaint.Error("error:"), text);
        Elsewhere?.Invoke(text);
    }

    /// <summary>What is going on: replaces the line before on a terminal, a line of its own elsewhere.</summary>
    public void Status(string text) => Status("", -1, text);

    /// <summary>The same with a bar in front, of which a part is done.</summary>
    /// <param name="what">In front of the bar.</param>
    /// <param name="done">Share that is done, 0...1; below 0 there is no bar.</param>
    /// <param name="text">Behind the bar.</param>
    public void Status(string what, double done, string text)
    {
        if (Verbosity == Verbosity.Quiet)
            return;
        var (before, after) = (VisibleText.OneLine(PropertyFlags.In(what)), VisibleText.OneLine(PropertyFlags.In(text)));
        if (isInteractive)
            WriteOver(before, done, after);
        else
            error.WriteLine(before + after);
        error.Flush();
    }

    /// <summary>Ends a changing line, so that what follows begins at the left.</summary>
    public void EndLine()
    {
        if (_width > 0)
            error.WriteLine();
        _width = 0;
    }

    // A line that is wider than the terminal would go on below, where a carriage return does not reach its beginning.
    private void WriteOver(string before, double done, string after)
    {
        var filled = done < 0 ? 0 : (int)(BarCells * Math.Min(done, 1));
        var (full, empty) = ErrorPaint.IsUnicode ? ('━', '─') : ('#', '.');
        var (bar, rest) = done < 0 ? ("", "") : (new string(full, filled), new string(empty, BarCells - filled) + " ");
        var room = Math.Max(0, ErrorPaint.Width - 1 - before.Length - bar.Length - rest.Length);
        var shown = after.Length > room ? after[..room] : after;
        var width = before.Length + bar.Length + rest.Length + shown.Length;
        error.Write($"\r{before}{(bar.Length > 0 ? ErrorPaint.Done(bar) : "")}{rest}{shown}{new string(' ', Math.Max(0, _width - width))}");
        _width = width;
    }

    private void Tell(string head, string text)
    {
        EndLine();
        error.Write(head);
        _error.WriteLine($" {text}");
    }
}
