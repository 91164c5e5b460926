using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>Fits principal components to a tall matrix here and, where it is installed, with scikit-learn's IncrementalPCA on the same pieces, one after the other.</summary>
internal static class PcaRun
{
    private const int Components = 20;
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];

    public static void Run(string folder, long rows, long referenceRows)
    {
        using var matrix = new PcaMatrix();
        matrix.Write(folder);
        var ours = Ours(matrix, rows);
        Console.WriteLine($"{get_num_threads()} thread(s), {PcaMatrix.Channels} channels, {Components} components, pieces of {PcaMatrix.Chunk} rows made on the fly; making them is not counted.");
        Console.WriteLine();
        Console.WriteLine("| what | rows | seconds (clock) | seconds (processor) | microseconds a row (processor) | memory held after five pieces | after the last | peak, the solution included |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        Print("lumen: StreamingMoments and PrincipalComponents, exact, float64", rows, ours);
        var python = Pythons.FirstOrDefault(HasSklearn);
        if (python is null)
        {
            Console.WriteLine();
            Console.WriteLine("scikit-learn is skipped: no python3 here can import it (Debian: python3-sklearn and libopenblas0-pthread).");
            return;
        }
        var theirs = Theirs(python, folder, referenceRows);
        Print("scikit-learn: IncrementalPCA, approximate, float32", referenceRows, theirs);
        Console.WriteLine();
        Console.WriteLine($"- {theirs.Version}");
        Console.WriteLine($"- scikit-learn takes {theirs.Processor / referenceRows / (ours.Processor / rows):0.0} times the processor time a row.");
        using var scope = NewDisposeScope();
        var same = rows == referenceRows ? ours : Ours(matrix, referenceRows);
        var cosines = (same.Principal!.Components * Read(Path.Combine(folder, "sklearn-components.f64"))).sum(dim: 1).abs();
        var difference = same.Principal.ExplainedVarianceRatio.Zip(theirs.Ratios).Max(pair => Math.Abs(pair.First - pair.Second));
        Console.WriteLine($"- On the same {referenceRows} rows, components agree with |cos| of {cosines.min().item<double>():0.00000} at least, shares of the variance differ by {difference:0.0e+0} at most.");
    }

    private static Figures Ours(PcaMatrix matrix, long rows)
    {
        using var frozen = no_grad();
        using var moments = new StreamingMoments(PcaMatrix.Channels);
        var (clock, processor, early, late) = (new Stopwatch(), TimeSpan.Zero, 0.0, 0.0);
        var start = TimeSpan.Zero;
        var k = 0;
        for (var done = 0L; done < rows; done += PcaMatrix.Chunk, k++)
        {
            using var piece = matrix.Piece(k, rows - done);
            Begin();
            moments.Add(piece);
            End();
            late = Meter.Memory;
            if (k <= 4) early = late;
        }
        Begin();
        using var all = PrincipalComponents.Fit(moments);
        var principal = all.First(Components);
        End();
        return new Figures(clock.Elapsed.TotalSeconds, processor.TotalSeconds, early, late, principal.ExplainedVarianceRatio, "") { Principal = principal, PeakMemory = new Meter().PeakMemory };

        void Begin()
        {
            start = Process.GetCurrentProcess().TotalProcessorTime;
            clock.Start();
        }

        void End()
        {
            clock.Stop();
            processor += Process.GetCurrentProcess().TotalProcessorTime - start;
        }
    }

    private static Figures Theirs(string python, string folder, long rows)
    {
        var script = Path.Combine(folder, "sklearn_pca.py");
        using (var resource = typeof(PcaRun).Assembly.GetManifestResourceStream("sklearn_pca.py")!)
        using (var file = File.Create(script)) resource.CopyTo(file);
        var (code, output) = Execute(python, [script, folder, $"{rows}", $"{PcaMatrix.Chunk}", $"{PcaMatrix.Channels}", $"{Components}"]);
        if (code != 0) throw new Core.LumenException($"{python} {script} ended with {code}; its message is above.");
        return JsonSerializer.Deserialize<Figures>(output, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower })!;
    }

    private static bool HasSklearn(string python)
    {
        try
        {
            return Execute(python, ["-c", "import sklearn, scipy"], quiet: true).Code == 0;
        }
        catch (Win32Exception)
        {
            return false;   // there is no such program
        }
    }

    private static (int Code, string Output) Execute(string program, IEnumerable<string> arguments, bool quiet = false)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = quiet };
        foreach (var library in new[] { "OMP", "OPENBLAS", "MKL" }) start.Environment[$"{library}_NUM_THREADS"] = $"{get_num_threads()}";
        using var process = Process.Start(start)!;
        if (quiet) process.ErrorDataReceived += (_, _) => { };
        if (quiet) process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static Tensor Read(string path) => tensor(MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(path)).ToArray(), Components, PcaMatrix.Channels, dtype: ScalarType.Float64);

    private static void Print(string what, long rows, Figures figures) => Console.WriteLine(
        $"| {what} | {rows:N0} | {figures.Clock:0} | {figures.Processor:0} | {figures.Processor / rows * 1e6:0} | {figures.EarlyMemory / 1e6:0} MB | {figures.LateMemory / 1e6:0} MB | {figures.PeakMemory / 1e6:0} MB |");

    private sealed record Figures(double Clock, double Processor, double EarlyMemory, double LateMemory, IReadOnlyList<double> Ratios, string Version)
    {
        public double PeakMemory { get; init; }

        [JsonIgnore]
        public PrincipalComponents? Principal { get; init; }
    }
}
