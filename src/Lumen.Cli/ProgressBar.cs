using System.Diagnostics;

namespace Lumen.Cli;

/// <summary>Progress of one piece of work: a bar on a terminal, a line every few seconds elsewhere.</summary>
/// <param name="terminal">Where to write.</param>
/// <param name="what">What is being done.</param>
internal sealed class ProgressBar(Terminal terminal, string what) : IDisposable
{
    private const int Cells = 24;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _next;

    /// <summary>Shows how far the work is.</summary>
    /// <param name="done">Parts done.</param>
    /// <param name="total">Parts in all; 0 where that is not known.</param>
    /// <param name="note">Shown behind the numbers.</param>
    public void Report(long done, long total, string note = "")
    {
        if (_watch.Elapsed < _next && done != total)
            return;
        _next = _watch.Elapsed + (terminal.IsInteractive ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(5));
        var filled = total > 0 ? (int)(Cells * done / total) : 0;
        var bar = terminal.IsInteractive && total > 0 ? $"[{new string('#', filled)}{new string('.', Cells - filled)}] " : "";
        terminal.Status($"{what, -10} {bar}{done}{(total > 0 ? $"/{total}" : "")}{(note.Length > 0 ? "  " + note : "")}");
    }

    public void Dispose() => terminal.EndLine();
}
