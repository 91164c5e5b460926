using Lumen.Core.Native;
using Lumen.Core.Processes;

namespace Lumen.Training;

/// <summary>
/// Adds up gradients of several processes in buckets of a few megabytes: many small parameters are one message, and a large one is not
/// copied.
/// </summary>
internal static class GradientBuckets
{
    /// <summary>Values of a bucket.</summary>
    public const int Most = 1 << 22;

    private const int Whole = 1 << 20; // of a parameter that is a bucket of its own

    /// <summary>Replaces the gradients by their sums over the processes.</summary>
    public static void Sum(IReadOnlyList<NativeArray<float>> gradients, ICommunicator processes)
    {
        var small = new List<NativeArray<float>>();
        var buffer = new NativeArray<float>((int)Math.Min(Most, gradients.Where(IsSmall).Sum(one => (long)one.Length)));
        var filled = 0;
        foreach (var gradient in gradients)
        {
            if (!IsSmall(gradient))
            {
                processes.Sum(gradient.Span);
                continue;
            }
            if (filled + gradient.Length > buffer.Length)
                Flush();
            gradient.Span.CopyTo(buffer.Span[filled..]);
            small.Add(gradient);
            filled += gradient.Length;
        }
        Flush();
        GC.KeepAlive(gradients);

        void Flush()
        {
            processes.Sum(buffer.Span[..filled]);
            filled = 0;
            foreach (var gradient in small)
            {
                buffer.Span.Slice(filled, gradient.Length).CopyTo(gradient.Span);
                filled += gradient.Length;
            }
            small.Clear();
            filled = 0;
        }
    }

    private static bool IsSmall(NativeArray<float> gradient) => gradient.Length < Whole;
}
