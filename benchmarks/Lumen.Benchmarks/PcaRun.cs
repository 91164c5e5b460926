using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Core.Tensors;
using Lumen.Layouts;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// Fits principal components to a tall matrix here and, where they are installed, with numpy (second moments in float64 and a symmetric
/// eigendecomposition) and scikit-learn (full and randomized solver), one after the other in one run. Making the matrix is not counted.
/// </summary>
internal static class PcaRun
{
    private const int Components = 20;
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];

    private static readonly (string Method, string Name)[] Peers =
    [
        ("moments", "numpy: second moments in float64, eigh"),
        ("randomized", "scikit-learn: PCA, randomized, float32"),
        ("full", "scikit-learn: PCA, full, float32"),
    ];

    public static void Run(string folder, long rows, long referenceRows)
    {
        using var matrix = new PcaMatrix();
        matrix.Write(folder);
        var ours = Ours(matrix, rows);
        Console.WriteLine(
            $"{get_num_threads()} thread(s), {PcaMatrix.Channels} channels, {Components} components, pieces of {PcaMatrix.Chunk} rows."
        );
        Console.WriteLine();
        Console.WriteLine(
            "| what | rows | seconds (clock) | seconds (processor) | microseconds a row (processor) | ours over it | memory at the "
                + "end | peak | least cos of a component |"
        );
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        Print("lumen: StreamingMoments and PrincipalComponents", rows, ours, "", "");
        var python = Pythons.FirstOrDefault(HasSklearn);
        if (python is null)
        {
            Console.WriteLine();
            Console.WriteLine(
                "numpy and scikit-learn are skipped: no python3 here can import them (Debian: python3-sklearn and libopenblas0-pthread)."
            );
            return;
        }
        var same = rows == referenceRows ? ours : Ours(matrix, referenceRows);
        foreach (var (method, name) in Peers)
        {
            var theirs = Theirs(python, folder, method, referenceRows);
            using var scope = NewDisposeScope();
            var cosines = (same.Principal!.Components * Read(Path.Combine(folder, $"{method}-components.f64"))).sum(dim: 1).abs();
            Print(
                $"{name} ({theirs.Version})",
                referenceRows,
                theirs,
                $"{same.Processor / theirs.Processor:0.00}",
                cosines.min().item<double>().ToString("0.0000000", CultureInfo.InvariantCulture)
            );
        }
    }

    private static Figures Ours(PcaMatrix matrix, long rows)
    {
        using var frozen = no_grad();
        using var moments = new StreamingMoments(PcaMatrix.Channels);
        var (clock, processor, start) = (new Stopwatch(), TimeSpan.Zero, TimeSpan.Zero);
        var k = 0;
        for (var done = 0L; done < rows; done += PcaMatrix.Chunk, k++)
        {
            using var piece = matrix.Piece(k, rows - done);
            Begin();
            moments.Add(piece);
            End();
        }
        Begin();
        using var all = PrincipalComponents.Fit(moments);
        var principal = all.First(Components);
        End();
        return new Figures(clock.Elapsed.TotalSeconds, processor.TotalSeconds, Meter.Memory, new Meter().PeakMemory, "")
        {
            Principal = principal,
        };

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

    private static Figures Theirs(string python, string folder, string method, long rows)
    {
        var script = Path.Combine(folder, "reference_pca.py");
        using (var resource = typeof(PcaRun).Assembly.GetManifestResourceStream("reference_pca.py")!)
        using (var file = File.Create(script))
            resource.CopyTo(file);
        var (code, output) = Execute(
            python,
            [script, folder, method, $"{rows}", $"{PcaMatrix.Chunk}", $"{PcaMatrix.Channels}", $"{Components}"]
        );
        if (code != 0)
            throw new LumenException($"{python} {script} ended with {code}; its message is above.");
        return JsonSerializer.Deserialize<Figures>(
            output,
            new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower }
        )!;
    }

    private static bool HasSklearn(string python)
    {
        try
        {
            return Execute(python, ["-c", "import sklearn"], quiet: true).Code == 0;
        }
        catch (Win32Exception)
        {
            return false; // there is no such program
        }
    }

    private static (int Code, string Output) Execute(string program, IEnumerable<string> arguments, bool quiet = false)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = quiet };
        foreach (var library in new[] { "OMP", "OPENBLAS", "MKL" })
            start.Environment[$"{library}_NUM_THREADS"] = $"{get_num_threads()}";
        using var process = Process.Start(start)!;
        if (quiet)
            process.ErrorDataReceived += (_, _) => { };
        if (quiet)
            process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static Tensor Read(string path) =>
        tensor(
            MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(path)).ToArray(),
            Components,
            PcaMatrix.Channels,
            dtype: ScalarType.Float64
        );

    private static void Print(string what, long rows, Figures figures, string ratio, string cosine) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {what} | {rows:N0} | {figures.Clock:0.0} | {figures.Processor:0.0} | {figures.Processor / rows * 1e6:0} | "
                    + $"{ratio} | {figures.HeldMemory / 1e6:0} MB | {figures.PeakMemory / 1e6:0} MB | {cosine} |"
            )
        );

    private sealed record Figures(double Clock, double Processor, double HeldMemory, double PeakMemory, string Version)
    {
        [JsonIgnore]
        public PrincipalComponents? Principal { get; init; }
    }
}
