using Lumen.Core.Native;
using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>
/// Shares the rows of a kernel out over as many threads as libtorch has here. Rows are independent: no number of threads changes a bit.
/// </summary>
internal static class KernelThreads
{
    private const long Least = 1 << 15; // numbers that are worth a thread

    /// <summary>Does all rows.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Numbers in a row.</param>
    /// <param name="work">Does rows from the first number up to the second one, which is not done.</param>
    public static void Run(long rows, long width, Action<long, long> work)
    {
        var threads = (int)Math.Min(Math.Min(get_num_threads(), rows), rows * width / Least);
        if (threads <= 1)
            work(0, rows);
        else if (OpenMpTeam.Exists)
            OpenMpTeam.Run(threads, Part);
        else
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, Part);

        void Part(int part) => work(rows * part / threads, rows * (part + 1) / threads);
    }
}
