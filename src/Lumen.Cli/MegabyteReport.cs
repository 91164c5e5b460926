namespace Lumen.Cli;

/// <summary>Bytes on a progress bar, in megabytes; pieces that do not change the line are not shown.</summary>
/// <param name="bar">The bar.</param>
/// <param name="read">Bytes done, bytes in all, and what is at work.</param>
internal sealed class MegabyteReport<T>(ProgressBar bar, Func<T, (long Done, long Total, string What)> read) : IProgress<T>
{
    private const long Megabyte = 1_000_000;
    private (long, long, string) _shown;

    public void Report(T value)
    {
        var (done, total, what) = read(value);
        var line = (done / Megabyte, Math.Max(1, total / Megabyte), what);
        if (line == _shown)
            return;
        _shown = line;
        bar.Report(line.Item1, line.Item2, what);
    }
}
