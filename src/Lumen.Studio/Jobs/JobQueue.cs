using Lumen.Studio.Safety;
using Lumen.Studio.Storage;

namespace Lumen.Studio.Jobs;

/// <summary>
/// The jobs of all clients: as many are computed at once as there are lanes, clients take turns, and what waits survives a restart. A job
/// that fails harms no other.
/// </summary>
internal sealed class JobQueue : IAsyncDisposable
{
    private const int Remembered = 300;
    private readonly Lock _lock = new();
    private readonly List<Job> _jobs = []; // by age
    private readonly HashSet<Job> _shared = []; // those that are computed with others
    private readonly Dictionary<string, long> _turns = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _came = new(0);
    private readonly CancellationTokenSource _closing = new();
    private readonly JobTable _table;
    private readonly StudioLimits _limits;
    private readonly TimeProvider _time;
    private readonly Action<string> _log;
    private Task _loops = Task.CompletedTask;
    private long _turn,
        _place;

    /// <param name="store">Where jobs and their pictures are remembered.</param>
    /// <param name="limits">How many may wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of faults.</param>
    public JobQueue(StudioStore store, StudioLimits limits, TimeProvider time, Action<string> log)
    {
        (_table, _limits, _time, _log) = (new JobTable(store.Database), limits, time, log);
        _jobs.AddRange(_table.Read(store));
        _place = _jobs.Select(job => job.Place).DefaultIfEmpty(0).Max();
        _came.Release(_jobs.Count(job => job.Status.State == JobState.Waiting) + 1);
    }

    /// <summary>A job has come, has gone on, or is over; called on any thread.</summary>
    public event Action<Job>? Changed;

    /// <summary>Begins to compute.</summary>
    /// <param name="work">Computes one job, in a lane from 0.</param>
    /// <param name="lanes">Lanes: jobs, or groups of jobs, that are computed at once.</param>
    /// <param name="sharing">How jobs are computed together; null: each alone.</param>
    public void Start(Func<Job, int, CancellationToken, Task> work, int lanes, JobSharing? sharing = null) =>
        _loops = Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => Task.Run(() => Loop(work, sharing, lane))));

    /// <summary>Adds a job.</summary>
    /// <exception cref="LimitException">Too many wait.</exception>
    public Job Add(string client, JobRequest request)
    {
        var job = new Job(GalleryFolder.NewId(), client, request, _time.GetUtcNow());
        lock (_lock)
        {
            var waiting = _jobs.Where(one => one.Status.State == JobState.Waiting).ToList();
            if (waiting.Count >= _limits.WaitingJobs)
                throw new LimitException($"{waiting.Count} jobs wait already, as many as may. Try again when some are done.");
            var own = waiting.Count(one => one.Client == client);
            if (own >= _limits.WaitingJobsOfClient)
                throw new LimitException($"{own} of your jobs wait already, as many as may. Try again when some are done.");
            job.Place = ++_place;
            _table.Insert(job);
            _jobs.Add(job);
            Forget();
        }
        _came.Release();
        Changed?.Invoke(job);
        return job;
    }

    /// <summary>A job, or null.</summary>
    public Job? Find(string id)
    {
        lock (_lock)
            return _jobs.FirstOrDefault(job => job.Id == id);
    }

    /// <summary>What runs, what waits in its order, and what is over, the newest first.</summary>
    public IReadOnlyList<Job> Jobs()
    {
        lock (_lock)
            return
            [
                .. _jobs.Where(job => job.Status.State == JobState.Running),
                .. Waiting(),
                .. _jobs.Where(job => job.Status.IsOver).Reverse(),
            ];
    }

    /// <summary>Stops a job, whether it waits or runs.</summary>
    /// <returns>False where it is over or was never there.</returns>
    public bool Stop(string id)
    {
        if (Find(id) is not { } job)
            return false;
        lock (_lock)
        {
            if (job.Status.IsOver)
                return false;
            // What is computed with others is over at once for whoever asked; the others go on.
            if (job.Status.State == JobState.Waiting || _shared.Contains(job))
                End(job, JobState.Stopped);
        }
        job.Stopping.Cancel();
        Changed?.Invoke(job);
        return true;
    }

    /// <summary>Stops all jobs.</summary>
    /// <param name="keepsCurrent">All but the one that runs.</param>
    /// <param name="client">Of this client only; null for all.</param>
    /// <returns>How many were stopped.</returns>
    public int StopAll(bool keepsCurrent, string? client = null) =>
        Jobs()
            .Where(job => !job.Status.IsOver && !(keepsCurrent && job.Status.State == JobState.Running))
            .Where(job => client is null || job.Client == client)
            .Reverse() // what waits first, so that nothing begins meanwhile
            .Count(job => Stop(job.Id));

    /// <summary>Puts a waiting job before another one of the same client, or behind all of them.</summary>
    /// <returns>False where they do not both wait, or belong to two clients.</returns>
    public bool Move(string id, string? before)
    {
        Job job;
        lock (_lock)
        {
            var waiting = Waiting();
            if (waiting.FirstOrDefault(one => one.Id == id) is not { } found)
                return false;
            job = found;
            var own = waiting.Where(one => one.Client == job.Client && one != job).OrderBy(one => one.Place).ToList();
            var at = before is null ? own.Count : own.FindIndex(one => one.Id == before);
            if (at < 0)
                return false;
            own.Insert(at, job);
            var places = own.Select(one => one.Place).Order().ToList();
            for (var i = 0; i < own.Count; i++)
            {
                own[i].Place = places[i];
                _table.Update(own[i]);
            }
        }
        Changed?.Invoke(job);
        return true;
    }

    /// <summary>Changes how a running job stands, and tells who listens.</summary>
    public void Report(Job job, Func<JobStatus, JobStatus> change)
    {
        job.Change(status => status.IsOver ? status : change(status));
        Changed?.Invoke(job);
    }

    /// <summary>Stops the running job, which the next start marks as interrupted, and leaves the others waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
        _closing.Dispose();
        _came.Dispose();
    }

    private IReadOnlyList<Job> Waiting() => FairOrder.Of(_jobs.Where(job => job.Status.State == JobState.Waiting), _turns);

    private async Task Loop(Func<Job, int, CancellationToken, Task> work, JobSharing? sharing, int lane)
    {
        while (!_closing.IsCancellationRequested)
        {
            switch (Next(sharing))
            {
                case [var alone]:
                    await Run(alone, (job, stop) => work(job, lane, stop)).ConfigureAwait(false);
                    continue;
                case { Count: > 1 } jobs:
                    await RunTogether(jobs, sharing!, lane).ConfigureAwait(false);
                    foreach (var left in jobs.Where(job => !job.Status.IsOver && !_closing.IsCancellationRequested))
                        await Run(left, (job, stop) => work(job, lane, stop)).ConfigureAwait(false);
                    continue;
            }
            try
            {
                await _came.WaitAsync(_closing.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // The next job, and those waiting that can be computed with it, in their order.
    private IReadOnlyList<Job> Next(JobSharing? sharing)
    {
        lock (_lock)
        {
            if (Waiting() is not [var first, ..] waiting)
                return [];
            var room = sharing?.Room(first) ?? 1;
            List<Job> jobs =
            [
                first,
                .. waiting.Skip(1).Where(job => room > 1 && sharing!.CanShare(first, job)).Take(Math.Max(0, room - 1)),
            ];
            foreach (var job in jobs)
            {
                _turns[job.Client] = ++_turn;
                job.Change(status => status with { State = JobState.Running, Started = _time.GetUtcNow() });
                _table.Update(job);
            }
            if (jobs.Count > 1)
                _shared.UnionWith(jobs);
            return jobs;
        }
    }

    // Jobs that are not over afterwards are computed alone: what went wrong was one of them, and must not cost the others.
    private async Task RunTogether(IReadOnlyList<Job> jobs, JobSharing sharing, int lane)
    {
        foreach (var job in jobs)
            Changed?.Invoke(job);
        using var all = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        var registrations = jobs.Select(job => job.Stopping.Token.Register(StopIfNobodyWaits)).ToList();
        try
        {
            await sharing.Run(jobs, lane, Finish, all.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (all.IsCancellationRequested)
        {
            // all of them were stopped, or the studio ends
        }
        catch (Exception error)
        {
            if (error is not LumenException && !_closing.IsCancellationRequested)
                _log($"Jobs that were computed together failed, and are computed alone: {error}");
        }
        finally
        {
            foreach (var registration in registrations)
                await registration.DisposeAsync().ConfigureAwait(false);
            lock (_lock)
                _shared.ExceptWith(jobs);
        }

        void Finish(Job job)
        {
            lock (_lock)
                if (!job.Status.IsOver)
                    End(job, JobState.Done);
            Changed?.Invoke(job);
        }

        void StopIfNobodyWaits()
        {
            if (jobs.All(job => job.Stopping.IsCancellationRequested))
                all.Cancel();
        }
    }

    private async Task Run(Job job, Func<Job, CancellationToken, Task> work)
    {
        Changed?.Invoke(job);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(job.Stopping.Token, _closing.Token);
        var (state, fault) = (JobState.Done, (string?)null);
        try
        {
            await work(job, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            if (!job.Stopping.IsCancellationRequested)
                return; // the studio ends: the row says that it ran, and the next start marks it
            state = JobState.Stopped;
        }
        catch (LumenException error)
        {
            (state, fault) = (JobState.Failed, error.Message);
        }
        catch (Exception error) // whatever it is, other jobs go on
        {
            if (_closing.IsCancellationRequested)
                return; // as above
            (state, fault) = (JobState.Failed, FaultSentence.Of(error));
            _log($"Job {job.Id} failed: {error}");
        }
        lock (_lock)
            End(job, state, fault);
        Changed?.Invoke(job);
    }

    private void End(Job job, JobState state, string? fault = null)
    {
        job.Change(status =>
            status with
            {
                State = state,
                Fault = fault,
                Ended = _time.GetUtcNow(),
                Preview = job.Request.Kind == JobKind.Augmentation ? status.Preview : [],
                Note = null,
            }
        );
        _table.Update(job);
    }

    private void Forget()
    {
        foreach (var old in _jobs.Where(job => job.Status.IsOver).SkipLast(Remembered).ToList())
            _jobs.Remove(old);
        if (_turns.Count > Remembered)
            foreach (var client in _turns.Keys.Except(_jobs.Select(job => job.Client)).ToList())
                _turns.Remove(client);
    }
}
