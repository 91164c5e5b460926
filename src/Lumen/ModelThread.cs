using Lumen.Core.Native;

namespace Lumen;

/// <summary>
/// The one thread that computes with a model. Whoever calls, and from however many threads, work is done here one piece after the other:
/// dispose scopes and <c>no_grad</c> of TorchSharp belong to a thread, and libtorch keeps a team of workers for each thread that computes.
/// </summary>
internal sealed class ModelThread : TaskScheduler, IAsyncDisposable
{
    private readonly LinkedList<Task> _queue = []; // locked, and pulsed when something came or the end
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private bool _ends;
    private int? _threads;

    /// <param name="name">Name of the thread, for debuggers.</param>
    public ModelThread(string name) => new Thread(Work) { IsBackground = true, Name = name }.Start();

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Threads that libtorch has for the work that is begun from now on.</summary>
    public void Use(int threads) => _threads = threads;

    /// <summary>Signalled when the thread is about to end.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Does a piece of work. What waits for its turn ends as soon as it is stopped.</summary>
    /// <param name="work">It should look at <paramref name="either"/> between two calls of a network.</param>
    /// <param name="either">Signalled by the caller, or when the thread is about to end.</param>
    /// <param name="stop">Signalled by the caller.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The thread has ended or is about to.</exception>
    public async Task<T> Run<T>(Func<T> work, CancellationToken either, CancellationToken stop)
    {
        ThrowIfClosed();
        const TaskCreationOptions Apart =
            TaskCreationOptions.HideScheduler | TaskCreationOptions.DenyChildAttach | TaskCreationOptions.RunContinuationsAsynchronously;
        try
        {
            var task = new Task<T>(work, either, Apart); // StartNew's tasks cannot be cancelled while they wait
            if (!either.IsCancellationRequested)
                Start(task);
            return await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            stop.ThrowIfCancellationRequested();
            ThrowIfClosed();
            throw;
        }
        catch (TaskSchedulerException) when (_closing.IsCancellationRequested) // the queue took nothing more
        {
            ThrowIfClosed();
            throw;
        }
    }

    private void Start(Task task)
    {
        try
        {
            task.Start(this);
        }
        catch (InvalidOperationException) when (task.IsCompleted)
        {
            // it was stopped just now
        }
    }

    /// <exception cref="ObjectDisposedException">The thread has ended or is about to.</exception>
    public void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, typeof(LumenPipeline));

    /// <summary>Stops what is being done and what waits, and ends when the thread has.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        lock (_queue)
        {
            _ends = true;
            Monitor.Pulse(_queue);
        }
        await _ended.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        lock (_queue)
        {
            if (_ends)
                throw new InvalidOperationException("The thread takes no more work.");
            _queue.AddLast(task);
            Monitor.Pulse(_queue);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Without it a task that is stopped while it waits would be cancelled only when its turn comes.</remarks>
    protected override bool TryDequeue(Task task)
    {
        lock (_queue)
            return _queue.Remove(task);
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_queue)
            return [.. _queue];
    }

    private void Work()
    {
        while (Next() is { } task)
        {
            using var scope = _threads is { } threads ? new ThreadScope(threads) : null;
            TryExecuteTask(task);
        }
        _ended.SetResult();
    }

    private Task? Next()
    {
        lock (_queue)
        {
            while (_queue.Count == 0 && !_ends)
                Monitor.Wait(_queue);
            var first = _queue.First?.Value;
            if (first is not null)
                _queue.RemoveFirst();
            return first;
        }
    }
}
