using Lumen.Studio.Safety;

namespace Lumen.Studio.Runs;

/// <summary>
/// The trainings of a studio, one at a time, beside the queue of pictures. What is done outlives pages; what was being done when the studio
/// ended is found again and can go on.
/// </summary>
internal sealed class TrainingRunner : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TrainingRun> _runs;
    private readonly TrainingFolder _folder;
    private readonly TrainingWork _work;
    private readonly TimeProvider _time;
    private readonly Action<string> _log;
    private readonly CancellationTokenSource _closing = new();
    private CancellationTokenSource? _stopping;
    private Task _running = Task.CompletedTask;

    /// <param name="folder">Where they are.</param>
    /// <param name="work">Computes one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of faults.</param>
    public TrainingRunner(TrainingFolder folder, TrainingWork work, TimeProvider time, Action<string> log)
    {
        (_folder, _work, _time, _log) = (folder, work, time, log);
        _runs = [.. folder.Read()];
    }

    /// <summary>A training has come, has gone on, or is over; called on any thread.</summary>
    public event Action<TrainingRun>? Changed;

    /// <summary>All trainings, the newest first.</summary>
    public IReadOnlyList<TrainingRun> Runs
    {
        get
        {
            lock (_lock)
                return [.. _runs];
        }
    }

    /// <summary>Files.</summary>
    public TrainingFolder Folder => _folder;

    /// <summary>A training, or null.</summary>
    public TrainingRun? Find(string name) => Runs.FirstOrDefault(run => run.Name == name);

    /// <summary>Adds a training and measures what it will take; nothing more is done until it is started.</summary>
    /// <exception cref="LumenException">There is one of this name.</exception>
    /// <exception cref="LimitException">Another one is being worked at, or there are too many.</exception>
    public TrainingRun Add(TrainingForm form, int most)
    {
        var run = new TrainingRun
        {
            Form = form,
            State = TrainingState.Estimating,
            Created = _time.GetUtcNow(),
        };
        lock (_lock)
        {
            RequireFree();
            if (_runs.Count >= most)
                throw new LimitException($"There are {_runs.Count} trainings, as many as may. Delete one that is not needed any more.");
            if (Directory.Exists(_folder.PathOf(form.Name)))
                throw new LumenException(LumenErrorKind.Option, $"There is a training {form.Name} already. Choose another name.");
            _folder.Create(run);
            _runs.Insert(0, run);
            Begin(run, (report, stop) => _work.Estimate(run, report, stop));
        }
        Changed?.Invoke(run);
        return run;
    }

    /// <summary>Starts a training, or goes on from its last checkpoint.</summary>
    /// <exception cref="LumenException">It is done or being worked at.</exception>
    /// <exception cref="LimitException">Another one is being worked at.</exception>
    public TrainingRun Start(string name)
    {
        TrainingRun run;
        lock (_lock)
        {
            RequireFree();
            run = Found(name);
            if (!run.CanStart)
                throw new LumenException(LumenErrorKind.Input, $"The training {name} is done. Begin another one under a name of its own.");
            run = Set(run with { State = TrainingState.Preparing, Fault = null, Ended = null });
            _folder.Write(run);
            Begin(run, (report, stop) => _work.Train(run, report, stop));
        }
        Changed?.Invoke(run);
        return run;
    }

    /// <summary>Stops a training; its checkpoint is saved first.</summary>
    /// <returns>False where it is not being worked at.</returns>
    public bool Stop(string name)
    {
        lock (_lock)
        {
            if (_runs.FirstOrDefault(one => one.Name == name) is not { IsActive: true })
                return false;
            _stopping?.Cancel();
            return true;
        }
    }

    /// <summary>Deletes a training with its checkpoints and its adapter.</summary>
    /// <exception cref="LumenException">It is being worked at.</exception>
    public void Delete(string name)
    {
        lock (_lock)
        {
            var run = Found(name);
            if (run.IsActive)
                throw new LumenException(LumenErrorKind.Input, $"The training {name} is being worked at. Stop it first.");
            _folder.Delete(name);
            _runs.Remove(run);
        }
    }

    /// <summary>Stops what is being done; its checkpoint is saved, and the next start marks it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _closing.Dispose();
    }

    // Somebody else may have deleted it meanwhile.
    private TrainingRun Found(string name) =>
        _runs.FirstOrDefault(one => one.Name == name) ?? throw new MissingException("There is no training of this name.");

    private void RequireFree()
    {
        if (_runs.FirstOrDefault(one => one.IsActive) is { } active)
            throw new LimitException($"The training {active.Name} is being worked at; there is one at a time. Stop it, or wait.");
    }

    // Under the lock. Trainings keep a thread for hours, and libtorch's settings belong to a thread.
    private void Begin(TrainingRun run, Work work)
    {
        var stopping = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        _stopping = stopping;
        _running = Task.Factory.StartNew(
            () => Run(run.Name, work, stopping),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    private void Run(string name, Work work, CancellationTokenSource stopping)
    {
        Func<TrainingRun, TrainingRun> end;
        try
        {
            end = work(change => Report(name, change), stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Where the studio ends, the file says that it was worked at, and the next start marks it.
            end = one => _closing.IsCancellationRequested ? one : one with { State = TrainingState.Stopped };
        }
        catch (LumenException error)
        {
            end = one => one with { State = TrainingState.Failed, Fault = error.Message };
        }
        catch (Exception error) // whatever it is, pictures and later trainings go on
        {
            end = one => one with { State = TrainingState.Failed, Fault = FaultSentence.Of(error) };
            _log($"The training {name} failed: {error}");
        }
        End(name, end, stopping);
    }

    // In one piece: who sees that a training is over may delete it or start it again at once.
    private void End(string name, Func<TrainingRun, TrainingRun> change, CancellationTokenSource stopping)
    {
        TrainingRun run;
        lock (_lock)
        {
            run = Found(name);
            var ended = change(run);
            if (!ended.IsActive)
            {
                run = Set(ended with { Note = null, Ended = _time.GetUtcNow() });
                Save(run);
            }
            _stopping = null;
            stopping.Dispose();
        }
        Changed?.Invoke(run);
    }

    private void Save(TrainingRun run)
    {
        try
        {
            _folder.Write(run);
        }
        catch (Exception error) when (error is LumenException or IOException or UnauthorizedAccessException)
        {
            _log($"How the training {run.Name} ended cannot be written: {error.Message}");
        }
    }

    private TrainingRun Report(string name, Func<TrainingRun, TrainingRun> change)
    {
        TrainingRun run;
        lock (_lock)
            run = Set(change(Found(name)));
        Changed?.Invoke(run);
        return run;
    }

    private TrainingRun Set(TrainingRun run)
    {
        _runs[_runs.FindIndex(one => one.Name == run.Name)] = run;
        return run;
    }

    private delegate Func<TrainingRun, TrainingRun> Work(Func<Func<TrainingRun, TrainingRun>, TrainingRun> report, CancellationToken stop);
}
