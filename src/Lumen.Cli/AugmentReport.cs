using System.Globalization;
using Lumen.Augmentation;

namespace Lumen.Cli;

/// <summary>
/// Progress of an augmentation: rate, time left, accepted and rejected; and the estimate of time and disk after the first picture.
/// </summary>
internal sealed class AugmentReport(Terminal terminal, bool isQuiet) : IProgress<AugmentationProgress>, IDisposable
{
    private ProgressBar? _bar;
    private AugmentationStage? _stage;
    private bool _estimated;

    public void Report(AugmentationProgress value)
    {
        if (value.Stage != _stage)
        {
            _bar?.Dispose();
            (_stage, _bar) = (
                value.Stage,
                new ProgressBar(
                    terminal,
                    value.Stage switch
                    {
                        AugmentationStage.Originals => "copying originals",
                        AugmentationStage.HeldOut => "reading held-out pictures",
                        _ => "making pictures",
                    }
                )
            );
        }
        if (value is { Stage: AugmentationStage.Generating, SecondsPerPicture: > 0 } && !_estimated)
        {
            _estimated = true;
            if (!isQuiet && value.Total > value.Done)
                terminal.Note(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"estimate {value.Total - value.Done} more pictures at {value.SecondsPerPicture:0.00} s: "
                            + $"{Time(value.Remaining)}, {Size(value.RemainingBytes)} on the disk"
                    )
                );
        }
        _bar!.Report(value.Done, value.Total, Note(value));
    }

    public void Dispose() => _bar?.Dispose();

    private static string Note(AugmentationProgress value)
    {
        if (value.SecondsPerPicture == 0)
            return "";
        var rejected = value.Rejected > 0 ? $"  {value.Rejected} rejected" : "";
        var left = value.LeftOut > 0 ? $"  {value.LeftOut} left out" : "";
        var failed = value.Failed > 0 ? $"  {value.Failed} failed" : "";
        return $"{value.Accepted} accepted{rejected}{left}{failed}";
    }

    internal static string Time(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s"
        : $"{time.Seconds} s";

    internal static string Size(long bytes) =>
        bytes >= 1_000_000_000 ? $"{bytes / 1e9:0.0} GB"
        : bytes >= 1_000_000 ? $"{bytes / 1e6:0.0} MB"
        : $"{bytes / 1e3:0} kB";
}
