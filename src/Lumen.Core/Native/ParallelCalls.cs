using System.Runtime.ExceptionServices;

namespace Lumen.Core.Native;

/// <summary>
/// Pieces of work that call libtorch at the same time, each on one thread of its own. Small networks gain more from this than from several
/// threads in one call.
/// </summary>
public static class ParallelCalls
{
    /// <summary>Does pieces 0...count-1, at most so many at once. With one worker the calling thread does them as it is.</summary>
    /// <param name="count">Pieces.</param>
    /// <param name="workers">Pieces at once.</param>
    /// <param name="work">Does one; it opens scopes of its own.</param>
    public static void Run(int count, int workers, Action<int> work)
    {
        if (workers <= 1)
        {
            for (var index = 0; index < count; index++)
                work(index);
            return;
        }
        if (count == 1)
        {
            OnOneThread(() => work(0)); // what it gives must not depend on what else there is to do
            return;
        }
        SideBySide(count, workers, work);
    }

    // After a fault no further piece is begun.
    private static void SideBySide(int count, int workers, Action<int> work)
    {
        var (next, fault) = (-1, (ExceptionDispatchInfo?)null);
        CallThread.OnAll(
            Math.Min(count, workers),
            () =>
            {
                while (Volatile.Read(ref fault) is null && Interlocked.Increment(ref next) is var index && index < count)
                    try
                    {
                        OnOneThread(() => work(index));
                    }
                    catch (Exception thrown)
                    {
                        Interlocked.CompareExchange(ref fault, ExceptionDispatchInfo.Capture(thrown), null);
                    }
            }
        );
        fault?.Throw();
    }

    private static void OnOneThread(Action work)
    {
        using var one = new ThreadScope(1);
        work();
    }
}
