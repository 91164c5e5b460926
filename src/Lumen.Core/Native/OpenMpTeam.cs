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
    /// <exception cref="ArgumentOutOfRangeException">A negative number of parts.</exception>
    /// <exception cref="InvalidOperationException">There is no team.</exception>
    /// <exception cref="Exception">The first that a part threw, after all of them ended.</exception>
    public static void Run(int parts, Action<int> work)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parts);
        if (!Exists)
            throw new InvalidOperationException($"There is no team of OpenMP's threads here. Ask {nameof(Exists)} first.");
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

    private static string? Loaded()
    {
        try
        {
            return OperatingSystem.IsLinux() ? Choose(File.ReadLines("/proc/self/maps")) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // no /proc here
        }
    }

    /// <summary>The libgomp that libtorch computes with: the one in its folder, otherwise one whose name carries a hash.</summary>
    /// <param name="maps">Lines of <c>/proc/self/maps</c>.</param>
    /// <returns>Its path; null where none is loaded.</returns>
    internal static string? Choose(IEnumerable<string> maps)
    {
        var paths = maps.Where(line => line.Contains('/', StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
            .ToArray();
        var folder = Path.GetDirectoryName(paths.FirstOrDefault(path => Named(path, "libtorch_cpu")));
        return paths
            .Where(path => Named(path, "libgomp"))
            .OrderByDescending(path => Path.GetDirectoryName(path) == folder)
            .ThenByDescending(path => Named(path, "libgomp-"))
            .FirstOrDefault();

        static bool Named(string path, string start) => Path.GetFileName(path).StartsWith(start, StringComparison.Ordinal);
    }

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
