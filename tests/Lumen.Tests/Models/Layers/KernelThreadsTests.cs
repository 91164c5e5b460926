using Lumen.Models.Layers;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Layers;

public sealed class KernelThreadsTests
{
    private const long Width = 1 << 16; // a row is worth a thread

    [Theory]
    [InlineData(1, 7)]
    [InlineData(2, 7)]
    [InlineData(3, 2)]
    public void Every_row_is_done_once(int threads, int rows)
    {
        WithThreads(
            threads,
            () =>
            {
                var done = new int[rows];
                KernelThreads.Run(
                    rows,
                    Width,
                    (first, end) =>
                    {
                        for (var row = first; row < end; row++)
                            Interlocked.Increment(ref done[row]);
                    }
                );
                Assert.All(done, count => Assert.Equal(1, count));
            }
        );
    }

    [Fact]
    public void Parts_run_side_by_side()
    {
        using var _ = NewDisposeScope();
        zeros(1).Dispose(); // libtorch is there
        WithThreads(
            2,
            () =>
            {
                using var both = new Barrier(2);
                KernelThreads.Run(2, Width, (_, _) => Assert.True(both.SignalAndWait(TimeSpan.FromMinutes(1))));
            }
        );
    }

    [Fact]
    public void What_a_part_throws_reaches_the_caller_and_later_work_is_done()
    {
        WithThreads(
            2,
            () =>
            {
                var error = Record.Exception(() => KernelThreads.Run(2, Width, (first, _) => throw new LumenException($"row {first}")));
                var refused = Assert.IsType<LumenException>((error as AggregateException)?.InnerExceptions[0] ?? error);
                Assert.StartsWith("row ", refused.Message, StringComparison.Ordinal);
                var sum = 0L;
                KernelThreads.Run(2, Width, (first, end) => Interlocked.Add(ref sum, end - first));
                Assert.Equal(2, sum);
            }
        );
    }

    private static void WithThreads(int count, Action act)
    {
        var before = get_num_threads();
        set_num_threads(count);
        try
        {
            act();
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
