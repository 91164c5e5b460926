using System.Runtime.InteropServices;
using Lumen.Core.Native;
using Lumen.Core.Processes;

namespace Lumen.Tests.Processes;

/// <summary>
/// A job whose processes are threads of this one: what processes do together, without MPI. Each computes on one thread, as sums depend on
/// how many there are, and a thread that has not been told takes the number that any other was told last.
/// </summary>
internal sealed class ThreadJob
{
    private readonly Barrier _barrier;
    private readonly byte[][] _given;
    private readonly Dictionary<int, int> _claimed = [];

    private ThreadJob(int size) => (_barrier, _given) = (new Barrier(size), new byte[size][]);

    /// <summary>Runs work in so many processes at once.</summary>
    /// <returns>What each gives, in the order of the ranks.</returns>
    public static T[] Run<T>(int size, Func<ICommunicator, T> work)
    {
        var job = new ThreadJob(size);
        var (results, faults) = (new T[size], new Exception?[size]);
        Thread[] threads =
        [
            .. Enumerable
                .Range(0, size)
                .Select(rank => new Thread(() =>
                {
                    using var threads = new ThreadScope(1);
                    try
                    {
                        results[rank] = work(new Member(job, rank));
                    }
                    catch (Exception fault)
                    {
                        faults[rank] = fault;
                        job._barrier.RemoveParticipant();
                    }
                })),
        ];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        return faults.FirstOrDefault(fault => fault is not null) is { } first ? throw first : results;
    }

    private sealed class Member(ThreadJob job, int rank) : ICommunicator
    {
        private int _shares;

        public int Rank => rank;

        public int Size => job._given.Length;

        public void Sum(Span<float> values)
        {
            var all = Gather(MemoryMarshal.AsBytes(values));
            values.Clear();
            foreach (var one in all)
                Add(values, MemoryMarshal.Cast<byte, float>(one));
        }

        public void Sum(Span<double> values)
        {
            var all = Gather(MemoryMarshal.AsBytes(values));
            values.Clear();
            foreach (var one in all)
                Add(values, MemoryMarshal.Cast<byte, double>(one));
        }

        public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own)
        {
            job._given[rank] = own.ToArray();
            Wait();
            var all = job._given.ToArray();
            Wait();
            return all;
        }

        public void Wait() => job._barrier.SignalAndWait();

        public IEnumerable<int> Claim(int count)
        {
            var share = _shares++;
            return Pieces();

            IEnumerable<int> Pieces()
            {
                for (var piece = Next(); piece < count; piece = Next())
                    yield return piece;
            }

            int Next()
            {
                lock (job._claimed)
                    return job._claimed[share] = job._claimed.GetValueOrDefault(share, -1) + 1;
            }
        }

        private static void Add<T>(Span<T> sum, ReadOnlySpan<T> values)
            where T : System.Numerics.INumber<T>
        {
            for (var i = 0; i < sum.Length; i++)
                sum[i] += values[i];
        }
    }
}
