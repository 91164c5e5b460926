using System.Collections.Concurrent;
using Lumen.Core.Native;
using Xunit;

namespace Lumen.Tests.Core.Native;

public sealed class ParallelCallsTests
{
    [Fact]
    public void Every_piece_is_done_once_and_as_many_at_a_time_as_there_are_workers()
    {
        var (done, together) = (new ConcurrentBag<int>(), new Barrier(3));
        ParallelCalls.Run(
            9,
            3,
            index =>
            {
                Assert.True(together.SignalAndWait(TimeSpan.FromMinutes(1))); // three are at work, or this ends
                done.Add(index);
            }
        );
        Assert.Equal(Enumerable.Range(0, 9), done.Order());
    }

    [Fact]
    public void Rounds_use_the_same_threads_again_also_within_each_other()
    {
        var threads = new ConcurrentDictionary<int, bool>();
        for (var round = 0; round < 50; round++)
            ParallelCalls.Run(
                4,
                2,
                _ =>
                {
                    threads[Environment.CurrentManagedThreadId] = true;
                    ParallelCalls.Run(2, 2, _ => threads[Environment.CurrentManagedThreadId] = true);
                }
            );
        Assert.InRange(threads.Count, 2, 6 + 16); // two, and two for each; other tests may have left some that are idle
    }

    [Fact]
    public void A_fault_is_thrown_as_it_was_and_ends_the_work()
    {
        var begun = 0;
        var fault = Assert.Throws<InvalidDataException>(() =>
            ParallelCalls.Run(
                1000,
                2,
                index =>
                {
                    Interlocked.Increment(ref begun);
                    if (index == 3)
                        throw new InvalidDataException("the fourth");
                    Thread.Sleep(1);
                }
            )
        );
        Assert.Equal("the fourth", fault.Message);
        Assert.Contains(nameof(A_fault_is_thrown_as_it_was_and_ends_the_work), fault.StackTrace!, StringComparison.Ordinal);
        Assert.InRange(begun, 4, 999);
        ParallelCalls.Run(2, 2, _ => { }); // the threads are still there
    }
}
