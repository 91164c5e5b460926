using System.Diagnostics;

namespace Lumen.Core.Processes;

/// <summary>
/// The processes that <c>mpirun</c> or <c>srun</c> started, over Open MPI. A process that waits sleeps between two looks, so that it takes
/// nothing from those that work on the same cores. A fault of MPI itself ends the whole job.
/// </summary>
public sealed unsafe class MpiCommunicator : ICommunicator, IDisposable
{
    private const int OnceAtATime = 2; // MPI_THREAD_SERIALIZED
    private const int Patience = 200; // looks before sleeping
    private const int Ask = 71,
        Answer = 72; // tags of messages
    private const int Anybody = -1;
    private static readonly void* InPlace = (void*)1;
    private readonly Lock _calling = new(); // of any thread, one call at a time
    private readonly MpiLibrary _mpi;
    private readonly Dictionary<long, long> _claimed = []; // pieces given, by share; on process 0
    private Thread? _attendant;
    private volatile bool _isOver;
    private long _shares;

    private MpiCommunicator(MpiLibrary mpi)
    {
        _mpi = mpi;
        int provided,
            rank,
            size;
        Check(_mpi.Initialise(IntPtr.Zero, IntPtr.Zero, OnceAtATime, &provided));
        Check(_mpi.RankOf(_mpi.World, &rank));
        Check(_mpi.SizeOf(_mpi.World, &size));
        (Rank, Size) = (rank, size);
        if (provided < OnceAtATime)
            throw new LumenException(
                LumenErrorKind.Device,
                "This build of Open MPI cannot be called from more than one thread (MPI_THREAD_SERIALIZED). Use one that can, as those of "
                    + "Debian and Ubuntu."
            );
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>Whether Open MPI can be loaded on this machine.</summary>
    public static bool IsAvailable => MpiLibrary.IsThere;

    /// <summary>Joins the job that this process was started in: once, and only where a launcher started it.</summary>
    /// <exception cref="LumenException">Open MPI is not there, is another MPI, or cannot be used from threads.</exception>
    public static MpiCommunicator Join() => new(MpiLibrary.Open());

    /// <inheritdoc/>
    public void Sum(Span<float> values)
    {
        fixed (float* first = values)
            SumInPlace(first, values.Length, _mpi.Float);
    }

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
        fixed (double* first = values)
            SumInPlace(first, values.Length, _mpi.Double);
    }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own)
    {
        Wait();
        var (length, lengths, starts) = (own.Length, new int[Size], new int[Size]);
        fixed (int* each = lengths)
        fixed (int* start = starts)
        {
            lock (_calling)
                Check(_mpi.AllGather(&length, sizeof(int), _mpi.Byte, each, sizeof(int), _mpi.Byte, _mpi.World));
            for (var i = 1; i < Size; i++)
                starts[i] = checked(starts[i - 1] + lengths[i - 1]);
            var all = new byte[checked(starts[^1] + lengths[^1])];
            fixed (byte* given = own)
            fixed (byte* target = all)
            {
                lock (_calling)
                    Check(_mpi.AllGatherLengths(given, own.Length, _mpi.Byte, target, each, start, _mpi.Byte, _mpi.World));
            }
            return [.. lengths.Select((count, i) => all.AsSpan(starts[i], count).ToArray())];
        }
    }

    /// <inheritdoc/>
    public void Wait()
    {
        IntPtr request;
        lock (_calling)
            Check(_mpi.StartWait(_mpi.World, &request));
        Complete(&request);
    }

    /// <inheritdoc/>
    public IEnumerable<int> Claim(int count)
    {
        var share = _shares++;
        if (Rank == 0)
            Attend();
        return Pieces();

        IEnumerable<int> Pieces()
        {
            for (var piece = Next(share); piece < count; piece = Next(share))
                yield return (int)piece;
        }
    }

    /// <summary>Ends all processes of the job at once, this one included.</summary>
    /// <param name="code">The job's exit code.</param>
    public void Abort(int code)
    {
        _calling.TryEnter(TimeSpan.FromSeconds(1)); // a thread may be within a call that the fault has made endless
        _ = _mpi.Abort(_mpi.World, code);
    }

    /// <summary>Leaves the job when all processes do; not to be called after a fault, which the others do not know of.</summary>
    public void Dispose()
    {
        if (_isOver)
            return;
        Wait(); // until nobody asks any more
        _isOver = true;
        _attendant?.Join();
        lock (_calling)
            Check(_mpi.Finish());
    }

    private void SumInPlace(void* values, int count, IntPtr type)
    {
        Wait(); // the sum itself does not sleep
        lock (_calling)
            Check(_mpi.AllReduce(InPlace, values, count, type, _mpi.Add, _mpi.World));
    }

    private long Next(long share)
    {
        if (Rank == 0)
            return NextOf(share);
        long piece;
        IntPtr request;
        lock (_calling)
        {
            Check(_mpi.StartReceive(&piece, 1, _mpi.Long, 0, Answer, _mpi.World, &request));
            Check(_mpi.Send(&share, 1, _mpi.Long, 0, Ask, _mpi.World));
        }
        Complete(&request);
        return piece;
    }

    private long NextOf(long share)
    {
        lock (_claimed)
        {
            var next = _claimed.GetValueOrDefault(share);
            _claimed[share] = next + 1;
            return next;
        }
    }

    // Process 0 answers on a thread of its own, whatever else it computes.
    private void Attend()
    {
        if (_attendant is not null)
            return;
        _attendant = new Thread(() =>
        {
            while (!_isOver)
            {
                if (!Serve())
                    Thread.Sleep(1);
            }
        })
        {
            IsBackground = true,
            Name = "shares of work",
        };
        _attendant.Start();
    }

    private bool Serve()
    {
        int found;
        MpiStatus message;
        lock (_calling)
        {
            if (_isOver)
                return false;
            Check(_mpi.Probe(Anybody, Ask, _mpi.World, &found, &message));
            if (found == 0)
                return false;
            long share;
            Check(_mpi.Receive(&share, 1, _mpi.Long, message.Source, Ask, _mpi.World, &message));
            var piece = NextOf(share);
            Check(_mpi.Send(&piece, 1, _mpi.Long, message.Source, Answer, _mpi.World));
        }
        return true;
    }

    private void Complete(IntPtr* request)
    {
        for (var looks = 0; ; looks++)
        {
            int done;
            MpiStatus status;
            lock (_calling)
                Check(_mpi.Test(request, &done, &status));
            if (done != 0)
                return;
            if (looks < Patience)
                Thread.Yield();
            else
                Thread.Sleep(1);
        }
    }

    private static void Check(int code)
    {
        if (code != 0)
            throw new UnreachableException($"MPI answered with the error {code}, which ends a job by default.");
    }
}
