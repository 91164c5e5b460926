using System.Runtime.InteropServices;

namespace Lumen.Core.Processes;

/// <summary>
/// The functions of Open MPI that are used, found when they are first needed. Its handles (communicators, types, operations) are addresses
/// of objects in the library.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    private const string Symbol = "ompi_mpi_comm_world"; // other MPIs have numbers for handles

    private static readonly string[] Names = ["libmpi.so.40", "libmpi.so", "libmpi.40.dylib", "libmpi.dylib"];
    private readonly IntPtr _library;

    private MpiLibrary(IntPtr library)
    {
        _library = library;
        World = Export(Symbol);
        (Float, Double, Long, Byte) = (
            Export("ompi_mpi_float"),
            Export("ompi_mpi_double"),
            Export("ompi_mpi_int64_t"),
            Export("ompi_mpi_byte")
        );
        Add = Export("ompi_mpi_op_sum");
        Initialise = (delegate* unmanaged<IntPtr, IntPtr, int, int*, int>)Export("MPI_Init_thread");
        Finish = (delegate* unmanaged<int>)Export("MPI_Finalize");
        Abort = (delegate* unmanaged<IntPtr, int, int>)Export("MPI_Abort");
        RankOf = (delegate* unmanaged<IntPtr, int*, int>)Export("MPI_Comm_rank");
        SizeOf = (delegate* unmanaged<IntPtr, int*, int>)Export("MPI_Comm_size");
        StartWait = (delegate* unmanaged<IntPtr, IntPtr*, int>)Export("MPI_Ibarrier");
        Test = (delegate* unmanaged<IntPtr*, int*, MpiStatus*, int>)Export("MPI_Test");
        AllReduce = (delegate* unmanaged<void*, void*, int, IntPtr, IntPtr, IntPtr, int>)Export("MPI_Allreduce");
        AllGather = (delegate* unmanaged<void*, int, IntPtr, void*, int, IntPtr, IntPtr, int>)Export("MPI_Allgather");
        AllGatherLengths = (delegate* unmanaged<void*, int, IntPtr, void*, int*, int*, IntPtr, IntPtr, int>)Export("MPI_Allgatherv");
        Send = (delegate* unmanaged<void*, int, IntPtr, int, int, IntPtr, int>)Export("MPI_Send");
        Receive = (delegate* unmanaged<void*, int, IntPtr, int, int, IntPtr, MpiStatus*, int>)Export("MPI_Recv");
        StartReceive = (delegate* unmanaged<void*, int, IntPtr, int, int, IntPtr, IntPtr*, int>)Export("MPI_Irecv");
        Probe = (delegate* unmanaged<int, int, IntPtr, int*, MpiStatus*, int>)Export("MPI_Iprobe");
    }

    public IntPtr World { get; }
    public IntPtr Float { get; }
    public IntPtr Double { get; }
    public IntPtr Long { get; }
    public IntPtr Byte { get; }
    public IntPtr Add { get; }

    // As in mpi.h; a count is a number of values, and a result other than 0 is an error.
    public readonly delegate* unmanaged<IntPtr, IntPtr, int, int*, int> Initialise;
    public readonly delegate* unmanaged<int> Finish;
    public readonly delegate* unmanaged<IntPtr, int, int> Abort;
    public readonly delegate* unmanaged<IntPtr, int*, int> RankOf;
    public readonly delegate* unmanaged<IntPtr, int*, int> SizeOf;
    public readonly delegate* unmanaged<IntPtr, IntPtr*, int> StartWait;
    public readonly delegate* unmanaged<IntPtr*, int*, MpiStatus*, int> Test;
    public readonly delegate* unmanaged<void*, void*, int, IntPtr, IntPtr, IntPtr, int> AllReduce;
    public readonly delegate* unmanaged<void*, int, IntPtr, void*, int, IntPtr, IntPtr, int> AllGather;
    public readonly delegate* unmanaged<void*, int, IntPtr, void*, int*, int*, IntPtr, IntPtr, int> AllGatherLengths;
    public readonly delegate* unmanaged<void*, int, IntPtr, int, int, IntPtr, int> Send;
    public readonly delegate* unmanaged<void*, int, IntPtr, int, int, IntPtr, MpiStatus*, int> Receive;
    public readonly delegate* unmanaged<void*, int, IntPtr, int, int, IntPtr, IntPtr*, int> StartReceive;
    public readonly delegate* unmanaged<int, int, IntPtr, int*, MpiStatus*, int> Probe;

    /// <summary>Whether Open MPI can be loaded here.</summary>
    public static bool IsThere => Load(Names) != IntPtr.Zero;

    /// <summary>Loads it.</summary>
    /// <param name="names">File names to try; null for the usual ones.</param>
    /// <exception cref="LumenException">It is not there, or is another MPI.</exception>
    public static MpiLibrary Open(IReadOnlyList<string>? names = null)
    {
        var library = Load(names ?? Names);
        if (library == IntPtr.Zero)
            throw new LumenException(
                LumenErrorKind.Device,
                "This process was started as one of several (by mpirun or srun), but the library of Open MPI (libmpi.so.40) cannot be "
                    + "loaded here. Install it on every machine of the job (Debian, Ubuntu: openmpi-bin), put its folder into "
                    + "LD_LIBRARY_PATH, or start one process without mpirun."
            );
        if (!NativeLibrary.TryGetExport(library, Symbol, out _))
            throw new LumenException(
                LumenErrorKind.Device,
                "The MPI library that is found here is not Open MPI, which is the one that is supported. Install Open MPI (Debian, Ubuntu: "
                    + "openmpi-bin), or put the folder of its libmpi.so.40 first into LD_LIBRARY_PATH."
            );
        return new MpiLibrary(library);
    }

    private static IntPtr Load(IReadOnlyList<string> names) =>
        names
            .Select(name => NativeLibrary.TryLoad(name, out var library) ? library : IntPtr.Zero)
            .FirstOrDefault(one => one != IntPtr.Zero);

    private IntPtr Export(string name) => NativeLibrary.GetExport(_library, name);
}

/// <summary>What Open MPI says of a message that has come.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MpiStatus
{
    public int Source;
    public int Tag;
    public int Error;
    public int Cancelled;
    public nuint Length;
}
