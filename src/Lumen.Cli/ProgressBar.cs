using System.Diagnostics;
using System.Globalization;

namespace Lumen.Cli;

/// <summary>
/// Progress of one piece of work, with its rate and the time left: a bar on a terminal, a line every few seconds elsewhere.
/// </summary>
/// <param name="terminal">Where to write.</param>
/// <param name="what">What is being done.</param>
/// <param name="elapsed">Time since the work began; a clock of its own where that is not given.</param>
internal sealed class ProgressBar(Terminal terminal, string what, Func<TimeSpan>? elapsed = null) : IDisposable
{
    private readonly Func<TimeSpan> _elapsed = elapsed ?? Clock();
    private (long Done, TimeSpan At)? _first;
    private (long Done, TimeSpan At) _last;
    private TimeSpan _next;

    /// <summary>Shows how far the work is.</summary>
    /// <param name="done">Parts done.</param>
    /// <param name="total">Parts in all; 0 where that is not known.</param>
    /// <param name="note">Shown behind the numbers.</param>
    public void Report(long done, long total, string note = "")
    {
        var now = _elapsed();
        if (done < _last.Done)
            _first = (0, _last.At); // the next round of the same work
        _last = (done, now);
        _first ??= done > 1 ? _last : (0, TimeSpan.Zero); // work that goes on from an earlier run
        if (now < _next && done != total)
            return;
        _next = now + (terminal.IsInteractive ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(5));
        string[] facts = [total > 0 ? $"{done}/{total}" : $"{done}", Rate(), done < total ? Left(total - done) : "", note];
        terminal.Status($"{what, -10} ", total > 0 ? (double)done / total : -1, string.Join("  ", facts.Where(fact => fact.Length > 0)));
    }

    public void Dispose()
    {
        terminal.EndLine();
        if (_first is not null)
            terminal.Detail(
                string.Create(CultureInfo.InvariantCulture, $"time     {what}: {_last.Done} in {_last.At.TotalSeconds:0.00} s  {Rate()}")
                    .TrimEnd()
            );
        _first = null;
    }

    /// <summary>A time as people read it: 45 s, 3:20 min, 2:05 h.</summary>
    internal static string Words(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time.Minutes:00} h"
        : time.TotalMinutes >= 1 ? $"{time.Minutes}:{time.Seconds:00} min"
        : $"{Math.Ceiling(time.TotalSeconds):0} s";

    private double PerSecond =>
        _first is { } first && _last.Done > first.Done && _last.At > first.At
            ? (_last.Done - first.Done) / (_last.At - first.At).TotalSeconds
            : 0;

    private string Rate() =>
        PerSecond switch
        {
            0 => "",
            < 1 and var slow => string.Create(CultureInfo.InvariantCulture, $"{1 / slow:0.00} s each"),
            >= 100 and var fast => string.Create(CultureInfo.InvariantCulture, $"{fast:0}/s"),
            var rate => string.Create(CultureInfo.InvariantCulture, $"{rate:0.0}/s"),
        };

    // More than a month is a rate that is not known yet.
    private string Left(long parts) =>
        PerSecond is > 0 and var rate && parts / rate < 30 * 86_400 ? $"{Words(TimeSpan.FromSeconds(parts / rate))} left" : "";

    private static Func<TimeSpan> Clock()
    {
        var watch = Stopwatch.StartNew();
        return () => watch.Elapsed;
    }
}
