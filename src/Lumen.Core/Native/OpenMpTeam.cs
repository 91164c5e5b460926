using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Lumen.Core.Native;

/// <summary>
/// Runs work on the threads that libtorch computes with. On Linux these are GNU OpenMP's: between two operators they spin for their next
/// one, so threads of .NET beside them would get a core only once those give up. Elsewhere, or where the library is another, there is no
/// team.
/// </summary>
public static unsafe class OpenMpTeam
{
    private static readonly delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void> Parallel;
    private static readonly delegate* unmanaged<int> ThreadNumber;
    private static readonly delegate* unmanaged<int> ThreadCount;

    static OpenMpTeam()
    {
        if (Loaded() is not { } path || !NativeLibrary.TryLoad(path, out var library))
            return;
        if (
            NativeLibrary.TryGetExport(library, "GOMP_parallel", out var parallel)
            && NativeLibrary.TryGetExport(library, "omp_get_thread_num", out var number)
            && NativeLibrary.TryGetExport(library, "omp_get_num_threads", out var count)
        )
        {
            Parallel = (delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)parallel;
            ThreadNumber = (delegate* unmanaged<int>)number;
            ThreadCount = (delegate* unmanaged<int>)count;
        }
    }

    /// <summary>Whether there is one; libtorch must have been used before this is asked first.</summary>
    public static bool Exists => Parallel is not null;

    /// <summary>Does parts 0 ... <paramref name="parts"/> - 1, shared out over at most as many threads, and waits for all.</summary>
    /// <exception cref="Exception">The first that a part threw, after all of them ended.</exception>
    public static void Run(int parts, Action<int> work)
    {
        var job = new Job(parts, work);
        var handle = GCHandle.Alloc(job);
        Parallel(&Work, (void*)GCHandle.ToIntPtr(handle), (uint)parts, 0);
        handle.Free();
        job.Throw();
    }

    [UnmanagedCallersOnly]
    private static void Work(void* data)
    {
        var job = (Job)GCHandle.FromIntPtr((nint)data).Target!;
        try
        {
            for (var part = ThreadNumber(); part < job.Parts; part += ThreadCount())
                job.Work(part);
        }
        catch (Exception error) when (job.Keep(error)) { } // it must not cross native frames
    }

    // The one beside libtorch, whose name carries a hash.
    private static string? Loaded() =>
        OperatingSystem.IsLinux()
            ? File.ReadLines("/proc/self/maps")
                .Where(line => line.Contains("/libgomp", StringComparison.Ordinal))
                .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
                .OrderByDescending(path => Path.GetFileName(path).StartsWith("libgomp-", StringComparison.Ordinal))
                .FirstOrDefault()
            : null;

    private sealed record Job(int Parts, Action<int> Work)
    {
        private ExceptionDispatchInfo? _error;

        public bool Keep(Exception error)
        {
            Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(error), null);
            return true;
        }

        public void Throw() => _error?.Throw();
    }
}
