using System.Diagnostics;
using Lumen.Datasets;

namespace Lumen.Augmentation;

/// <summary>
/// The end of every new picture: files, the line of the manifest, progress, the caller. On one thread, beside the one that computes.
/// </summary>
/// <param name="writer">Writes files.</param>
/// <param name="manifest">The record.</param>
/// <param name="options">How the data set is enlarged.</param>
/// <param name="output">The output folder.</param>
internal sealed class VariantRecorder(VariantWriter writer, Manifest manifest, AugmentationOptions options, string output)
{
    private const int CheckpointShare = 20; // of the time, one part at most goes into checkpoints
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _nextCheckpoint = options.CheckpointEvery;
    private AugmentationProgress _state;
    private long _labelBytes,
        _made;

    /// <summary>The caller's end of it.</summary>
    public required Action<AugmentationResult> Send { get; init; }

    /// <summary>Lists what is finished so far.</summary>
    public required Action Checkpoint { get; init; }

    /// <summary>Told after every picture.</summary>
    public IProgress<AugmentationProgress>? Progress { get; init; }

    /// <summary>Begins.</summary>
    public void Begin(AugmentationPlan plan)
    {
        (_state, _labelBytes) = (new AugmentationProgress(AugmentationStage.Generating, plan.Done, plan.Total), plan.LabelBytes);
        Progress?.Report(_state);
    }

    /// <summary>A source that is left out, because a held-out part has it too.</summary>
    public void LeaveOut(ReadSource source, string why, string like)
    {
        var entry = new ManifestEntry
        {
            Source = source.Item.Picture,
            Variant = AugmentationScan.SourceWide,
            Split = source.Item.Split,
            SourceSha256 = source.Sha256,
            LeftOut = why,
            Like = like,
        };
        manifest.Add(entry);
        Tell(new AugmentationResult(source.Item.Picture, AugmentationScan.SourceWide) { Entry = entry }, source.Open.Count);
    }

    /// <summary>A source, or one of its pictures, that could not be used.</summary>
    public void Fail(DatasetItem item, int variant, string failure, int count) =>
        Tell(new AugmentationResult(item.Picture, variant) { Failure = failure }, count);

    /// <summary>A picture that is kept, or rejected for good.</summary>
    public void Keep(OpenVariant variant, MadePicture made)
    {
        FinishedPicture finished;
        try
        {
            finished = writer.Finish(variant, made);
        }
        catch (Exception fault) when (fault is LumenException or IOException or UnauthorizedAccessException)
        {
            // a label that cannot be read; a folder that cannot be written ends the run
            Fail(variant.Item, variant.Variant, fault.Message, 1);
            return;
        }
        var entry = writer.Write(variant, finished);
        manifest.Add(entry);
        var result = writer.Result(variant, finished) with { Entry = entry };
        _state = _state with { SecondsPerPicture = _watch.Elapsed.TotalSeconds / ++_made };
        if (_state.RemainingBytes == 0)
            _state = _state with { RemainingBytes = RequireSpace(result, _state.Total - _state.Done - 1) };
        if (_watch.Elapsed >= _nextCheckpoint)
        {
            var begun = _watch.Elapsed;
            Checkpoint();
            var pause = CheckpointShare * (_watch.Elapsed - begun);
            _nextCheckpoint = _watch.Elapsed + (pause > options.CheckpointEvery ? pause : options.CheckpointEvery);
        }
        Tell(result, 1);
    }

    private void Tell(AugmentationResult result, int count)
    {
        _state = _state with
        {
            Done = _state.Done + count,
            Accepted = _state.Accepted + (result.IsAccepted ? 1 : 0),
            Rejected = _state.Rejected + (result.Entry is { LeftOut: VariantWriter.Rejected } ? 1 : 0),
            LeftOut = _state.LeftOut + (result is { Variant: AugmentationScan.SourceWide, Entry: not null } ? count : 0),
            Failed = _state.Failed + (result.Failure is null ? 0 : count),
        };
        Progress?.Report(_state);
        Send(result);
    }

    // After the first picture its size is known.
    private long RequireSpace(AugmentationResult result, long left)
    {
        var file = result.Entry?.Item is { } name ? new FileInfo(Path.Combine(output, name)).Length : result.Picture!.Rgb.Length / 2;
        var extras = result.Entry?.Extras.Sum(extra => new FileInfo(Path.Combine(output, extra.File)).Length) ?? 0;
        var needed = (file + extras) * left + (options.HardLinks ? 0 : _labelBytes);
        var free = new DriveInfo(output).AvailableFreeSpace;
        if (needed > free)
            throw new LumenException(
                $"The disk of {output} has {free / 1e9:0.0} GB free, but {left} more pictures take about {needed / 1e9:0.0} GB. "
                    + "Free some space, use `Link` or fewer `Variants`; what is made stays."
            );
        return Math.Max(1, needed);
    }
}
