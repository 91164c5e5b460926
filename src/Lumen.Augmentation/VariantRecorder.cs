using System.Collections.Concurrent;
using System.Diagnostics;

namespace Lumen.Augmentation;

/// <summary>
/// The end of every new picture, on a thread of its own beside the one that computes: its files, its line of the manifest, progress, the
/// caller. Everything happens in the order in which it was asked for.
/// </summary>
/// <param name="writer">Writes files.</param>
/// <param name="manifest">The record.</param>
/// <param name="options">How the data set is augmented.</param>
/// <param name="output">The output folder.</param>
internal sealed class VariantRecorder(VariantWriter writer, Manifest manifest, AugmentationOptions options, string output) : IDisposable
{
    private const int FilesWaiting = 4;
    private const int CheckpointShare = 20; // checkpoints take at most this part of the time: one in twenty
    private readonly BackgroundWork _work = new(FilesWaiting);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _nextCheckpoint = options.CheckpointEvery;
    private AugmentationProgress _state;
    private long _labelBytes,
        _made,
        _settled; // by earlier runs and by this process

    /// <summary>Gives a result to the caller.</summary>
    public required Action<AugmentationResult> Send { get; init; }

    /// <summary>Lists what is finished so far.</summary>
    public required Action Checkpoint { get; init; }

    /// <summary>How many pictures are done or given to a process, where several share the work; 0 where one is alone.</summary>
    public Func<long> Given { get; init; } = () => 0;

    /// <summary>Called after every picture.</summary>
    public IProgress<AugmentationProgress>? Progress { get; init; }

    /// <summary>Begins.</summary>
    public void Begin(AugmentationPlan plan)
    {
        (_state, _labelBytes) = (new AugmentationProgress(AugmentationStage.Generating, plan.Done, plan.Total), plan.LabelBytes);
        _settled = plan.Done;
        Progress?.Report(_state);
    }

    /// <summary>A source is left out, because a held-out part has it too.</summary>
    public void LeaveOut(SourceFile file, string why, string like) =>
        _work.Add(() =>
        {
            var entry = new ManifestEntry
            {
                Source = file.Item.Picture,
                Variant = AugmentationScan.SourceWide,
                Split = file.Item.Split,
                SourceSha256 = file.Sha256,
                LeftOut = why,
                Like = like,
            };
            manifest.Add(entry);
            Tell(new AugmentationResult(file.Item.Picture, AugmentationScan.SourceWide) { Entry = entry }, file.Pending.Count);
        });

    /// <summary>A source could not be used.</summary>
    public void Fail(SourceFile file, string failure) =>
        _work.Add(() =>
            Tell(new AugmentationResult(file.Item.Picture, AugmentationScan.SourceWide) { Failure = failure }, file.Pending.Count)
        );

    /// <summary>A new picture could not be made.</summary>
    public void Fail(VariantRequest request, string failure) => _work.Add(() => Tell(VariantWriter.Failed(request, failure), 1));

    /// <summary>A new picture is accepted, or rejected for good.</summary>
    public void Keep(GeneratedVariant variant) =>
        _work.Add(() =>
        {
            var result = writer.Write(variant);
            if (result.Entry is { } entry)
                Record(entry, result);
            Tell(result, 1);
        });

    /// <summary>Waits until everything is done, and throws what went wrong.</summary>
    public void Finish() => _work.Finish();

    public void Dispose() => _work.Dispose();

    private void Record(ManifestEntry entry, AugmentationResult result)
    {
        manifest.Add(entry);
        _state = _state with { SecondsPerPicture = _watch.Elapsed.TotalSeconds / ++_made };
        if (_state.RemainingBytes == 0)
            _state = _state with { RemainingBytes = RequireSpace(result, _state.Total - _state.Done - 1) };
        if (_watch.Elapsed < _nextCheckpoint)
            return;
        var begun = _watch.Elapsed;
        Checkpoint();
        var pause = CheckpointShare * (_watch.Elapsed - begun);
        _nextCheckpoint = _watch.Elapsed + (pause > options.CheckpointEvery ? pause : options.CheckpointEvery);
    }

    private void Tell(AugmentationResult result, int count)
    {
        _settled += count;
        _state = _state with
        {
            Done = Math.Max(_settled, Given()),
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

/// <summary>
/// Actions done one after the other on a thread of their own, while the caller continues: files are written while the next pictures are
/// computed. Everything that was added is done, also where the caller stops.
/// </summary>
internal sealed class BackgroundWork : IDisposable
{
    private readonly BlockingCollection<Action> _actions;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _work;

    /// <param name="capacity">Actions that may wait; beyond that the caller does.</param>
    public BackgroundWork(int capacity)
    {
        _actions = new BlockingCollection<Action>(capacity);
        _work = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Adds an action. What an earlier one threw is thrown here; those after it are not done.</summary>
    public void Add(Action action)
    {
        try
        {
            _actions.Add(action, _ended.Token);
        }
        catch (OperationCanceledException)
        {
            _work.GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>Waits until everything is done, and throws what an action threw.</summary>
    public void Finish()
    {
        _actions.CompleteAdding();
        _work.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _actions.CompleteAdding();
        ((IAsyncResult)_work).AsyncWaitHandle.WaitOne();
        _actions.Dispose();
        _ended.Dispose();
    }

    private void Run()
    {
        try
        {
            foreach (var action in _actions.GetConsumingEnumerable())
                action();
        }
        finally
        {
            _ended.Cancel();
        }
    }
}
