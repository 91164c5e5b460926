using System.Collections.Concurrent;

namespace Lumen.Augmentation;

/// <summary>Takes the next elements of a sequence on another thread: files are read while pictures are computed.</summary>
internal static class ReadAhead
{
    /// <summary>The same elements in the same order.</summary>
    /// <param name="source">Walked on a thread of its own; what it throws is thrown where the element would be taken.</param>
    /// <param name="capacity">Elements read ahead.</param>
    public static IEnumerable<T> Of<T>(IEnumerable<T> source, int capacity)
    {
        using var leave = new CancellationTokenSource();
        using var ready = new BlockingCollection<T>(capacity);
        var reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var one in ready.GetConsumingEnumerable())
                yield return one;
            reading.GetAwaiter().GetResult();
        }
        finally
        {
            leave.Cancel();
            ((IAsyncResult)reading).AsyncWaitHandle.WaitOne();
        }

        void Read()
        {
            try
            {
                foreach (var one in source)
                {
                    if (leave.IsCancellationRequested)
                        return;
                    ready.Add(one, leave.Token);
                }
            }
            catch (OperationCanceledException) when (leave.IsCancellationRequested)
            {
                // The caller has left.
            }
            finally
            {
                ready.CompleteAdding();
            }
        }
    }
}
