using System.Collections.Concurrent;

namespace Lumen.Augmentation;

/// <summary>
/// Acts done one after the other on a thread of their own, while the caller goes on: files are written while the next pictures are
/// computed. What was given is done, also where the caller stops.
/// </summary>
internal sealed class BackgroundWork : IDisposable
{
    private readonly BlockingCollection<Action> _acts;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _work;

    /// <param name="capacity">Acts that may wait; beyond that the caller does.</param>
    public BackgroundWork(int capacity)
    {
        _acts = new BlockingCollection<Action>(capacity);
        _work = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Gives an act. What an earlier act threw is thrown here; those after it are not done.</summary>
    public void Add(Action act)
    {
        try
        {
            _acts.Add(act, _ended.Token);
        }
        catch (OperationCanceledException)
        {
            _work.GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>Waits until everything is done, and throws what an act threw.</summary>
    public void Finish()
    {
        _acts.CompleteAdding();
        _work.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _acts.CompleteAdding();
        ((IAsyncResult)_work).AsyncWaitHandle.WaitOne();
        _acts.Dispose();
        _ended.Dispose();
    }

    private void Run()
    {
        try
        {
            foreach (var act in _acts.GetConsumingEnumerable())
                act();
        }
        finally
        {
            _ended.Cancel();
        }
    }
}
