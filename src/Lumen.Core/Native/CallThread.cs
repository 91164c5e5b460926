using System.Collections.Concurrent;

namespace Lumen.Core.Native;

/// <summary>
/// Threads that calls of libtorch run on side by side. They are kept and used again: libtorch and what it computes with hold buffers for
/// every thread that has called them, so work that moves among the threads of a pool holds many times as many.
/// </summary>
internal sealed class CallThread
{
    private static readonly ConcurrentStack<CallThread> Idle = new(); // the one that was used last comes first
    private readonly BlockingCollection<Action> _work = [];

    private CallThread() => new Thread(Loop) { IsBackground = true, Name = "Lumen calls" }.Start();

    /// <summary>Does the same on so many threads at once and waits for all of them.</summary>
    /// <param name="count">Threads.</param>
    /// <param name="work">Must not throw.</param>
    public static void OnAll(int count, Action work)
    {
        var threads = new CallThread[count];
        for (var i = 0; i < count; i++)
            threads[i] = Idle.TryPop(out var idle) ? idle : new CallThread();
        using var left = new CountdownEvent(count);
        foreach (var thread in threads)
            thread._work.Add(() =>
            {
                work();
                left.Signal();
            });
        left.Wait();
        for (var i = count - 1; i >= 0; i--)
            Idle.Push(threads[i]);
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
            work();
    }
}
