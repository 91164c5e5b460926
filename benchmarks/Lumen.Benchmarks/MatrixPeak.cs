using System.Diagnostics;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>What the processor reaches in a large matrix product: the yardstick of everything else.</summary>
internal static class MatrixPeak
{
    /// <summary>Best of five products, in GFLOP per second of processor time, so that other programs on the machine do not count.</summary>
    public static double GigaFlops(ScalarType type)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        const int Warm = 256;
        using (var small = ones([Warm, Warm], dtype: type)) mm(small, small).Dispose();
        var size = Rate(type, 512) > 20 ? 2048 : 1024;   // an emulated type is too slow for the large one
        return Enumerable.Range(0, 5).Max(_ => Rate(type, size));
    }

    private static double Rate(ScalarType type, int size)
    {
        using var scope = NewDisposeScope();
        var (left, right) = (ones([size, size], dtype: type), ones([size, size], dtype: type));
        var start = Process.GetCurrentProcess().TotalProcessorTime;
        mm(left, right);
        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds / get_num_threads();
        return 2.0 * size * size * size / Math.Max(seconds, 1e-3) / 1e9;
    }
}
