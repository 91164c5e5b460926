using System.Runtime.InteropServices;
using Lumen.Core.Processes;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>Whether sums over a grid of cells can be added up: only where the pictures of all processes have one grid.</summary>
internal static class SharedGrid
{
    /// <summary>The grid that all processes have.</summary>
    /// <param name="processes">The processes.</param>
    /// <param name="own">What this one has; null where it has seen no pictures.</param>
    /// <param name="isOne">Whether all pictures of this one had one grid.</param>
    /// <returns>The shape; null where there is none, or only one process.</returns>
    public static long[]? Of(ICommunicator processes, Tensor? own, bool isOne)
    {
        if (processes.Size == 1)
            return null;
        long[] given = isOne ? own?.shape ?? [] : [-1];
        long[][] all =
        [
            .. processes
                .Gather(MemoryMarshal.AsBytes(given.AsSpan()))
                .Select(bytes => MemoryMarshal.Cast<byte, long>(bytes).ToArray())
                .Where(shape => shape.Length > 0),
        ];
        return all.Length > 0 && all.All(shape => shape.Length > 1 && shape.SequenceEqual(all[0])) ? all[0] : null;
    }

    /// <summary>The numbers of a tensor on the processor, to be summed in place.</summary>
    public static Span<double> Values(Tensor values) => MemoryMarshal.Cast<byte, double>(values.bytes);
}
