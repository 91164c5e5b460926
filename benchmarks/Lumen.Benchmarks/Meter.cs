using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>Times what it is told to, on the clock and in processor time, and prints a table in Markdown.</summary>
internal sealed class Meter
{
    private readonly List<Row> _rows = [];
    private readonly List<string> _notes = [];

    /// <summary>Most memory held since the last reset, in bytes; 0 where the system does not say.</summary>
    public double PeakMemory => Status("VmHWM");

    /// <summary>Memory held now, in bytes; 0 where the system does not say.</summary>
    public static double Memory => Status("VmRSS");

    /// <summary>Forgets the peak so far, where the system can.</summary>
    public void ResetPeakMemory()
    {
        GC.Collect();
        if (File.Exists("/proc/self/clear_refs"))
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    public void Time(string what, Action act) =>
        Time(
            what,
            () =>
            {
                act();
                return 0;
            }
        );

    public T Time<T>(string what, Func<T> act, bool isStep = false)
    {
        var (clock, start) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        var result = act();
        _rows.Add(new Row(what, clock.Elapsed.TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds, isStep));
        Console.Error.WriteLine($"{what}: {_rows[^1].Clock:0.0} s, {_rows[^1].Processor:0.0} s of processor time");
        return result;
    }

    public void Note(string sentence) => _notes.Add(sentence);

    /// <summary>The table.</summary>
    /// <param name="stepWork">Work of a guided step in GFLOP.</param>
    /// <param name="peaks">GFLOP/s of a matrix product per thread group, by type.</param>
    /// <param name="type">The type that the steps computed in.</param>
    public void Print(double stepWork, IReadOnlyDictionary<ScalarType, double> peaks, ScalarType type)
    {
        Console.WriteLine($"Processor: {Features()}; {get_num_threads()} thread(s) of {Environment.ProcessorCount}.");
        Console.WriteLine();
        Console.WriteLine("| what | seconds (clock) | seconds (processor) | GFLOP/s | share of the matrix-product peak |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        foreach (var row in _rows)
        {
            var rate = stepWork / row.Processor * get_num_threads();
            var speed = row.IsStep ? $"{rate:0} | {rate / peaks[type]:0 %}" : "|";
            Console.WriteLine($"| {row.What} | {row.Clock:0.0} | {row.Processor:0.0} | {speed} |");
        }
        foreach (var (of, peak) in peaks)
            Console.WriteLine($"| matrix product, {of} | | | {peak:0} | {peak / peaks[type]:0 %} |");
        Console.WriteLine();
        foreach (var note in _notes)
            Console.WriteLine($"- {note}");
    }

    private static double Status(string entry) =>
        File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status")
                .Where(line => line.StartsWith(entry, StringComparison.Ordinal))
                .Select(line => double.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) * 1024)
                .FirstOrDefault()
            : 0;

    private static string Features() =>
        string.Join(
            ", ",
            new (string Name, bool Has)[]
            {
                ("AVX2", Avx2.IsSupported),
                ("FMA", Fma.IsSupported),
                ("AVX-512F", Avx512F.IsSupported),
                ("bfloat16 in hardware", Core.Native.Processor.HasBFloat16),
            }.Select(feature => $"{feature.Name} {(feature.Has ? "yes" : "no")}")
        );

    private sealed record Row(string What, double Clock, double Processor, bool IsStep);
}
