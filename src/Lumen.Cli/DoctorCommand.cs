using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Cli;

/// <summary><c>lumen doctor</c>: what this machine computes with, and whether it computes rightly.</summary>
internal static class DoctorCommand
{
    private const int Side = 1024; // whole numbers up to it are exact in bfloat16, too: 1024 = 2^10
    private const int Products = 5;

    private const string Description = """
        Say what lumen computes with here: runtime, libtorch, devices, what the processor can do, threads, cache folders, and for each device the time of one matrix product.

        Exit code 0: every device computes rightly. 2: libtorch is missing or of another version, a device computes wrongly, or --device names one that is not there.
        """;

    public static Command Build(Terminal terminal)
    {
        var command = new Command("doctor", Description);
        var placement = PlacementFlags.AddTo(command);
        command.SetAction(parsed =>
        {
            var catalog = DeviceCatalog.Here();
            var wanted = placement.Of(parsed);
            Describe(terminal, catalog);
            var all = placement.IsGiven(parsed) ? [wanted] : catalog.Names.Select(name => Placement.Parse(name)).ToArray();
            var faults = all.Count(one => !Measure(terminal, one));
            return faults == 0 ? 0 : 2;
        });
        return command;
    }

    private static void Describe(Terminal terminal, DeviceCatalog catalog)
    {
        var version = typeof(DoctorCommand).Assembly.GetName().Version;
        terminal.Line($"lumen    {version?.ToString(3)}");
        terminal.Line(
            $"runtime  {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, "
                + RuntimeInformation.OSDescription
        );
        terminal.Line(
            $"libtorch {__version__} ({(catalog.HasCudaLibrary ? "with CUDA" : "without CUDA")}), TorchSharp "
                + $"{typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString(3)}, {NativeLibraries.Folder ?? "found by the system"}"
        );
        terminal.Line($"devices  {string.Join(", ", catalog.Names)}");
        terminal.Line(
            $"cpu      {Environment.ProcessorCount} processors, {get_num_threads()} threads"
                + $"{(Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { } threads ? $" (OMP_NUM_THREADS={threads})" : "")}, "
                + $"AVX2 {Word(Avx2.IsSupported)}, AVX-512 {Word(Avx512F.IsSupported)}, bfloat16 in hardware {Word(Processor.HasBFloat16)}"
        );
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"memory   {memory:0.0} GiB"));
        terminal.Line($"models   {Folder(HubEnvironment.Read().CacheFolder)}");
        terminal.Line(
            $"natives  {(NativeLibraries.CacheFolder is { } natives ? Folder(natives) : "kept in memory: there is no home folder")}"
        );
        terminal.Line($"training {Folder(Path.GetFullPath(Path.Combine(".work", "cache")))}");
    }

    private static bool Measure(Terminal terminal, Placement placement)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var name = $"{placement.Device}";
        try
        {
            var factor = ones([Side, Side], placement.Compute, placement.Device);
            var product = factor.mm(factor); // warms up
            var sound = product.eq(Side).all().cpu().item<bool>();
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < Products; i++)
                product = factor.mm(factor);
            product[0, 0].cpu(); // a GPU works behind: what it holds is there when it can be read
            var seconds = watch.Elapsed.TotalSeconds / Products;
            terminal.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name, -8} {Side} x {Side} matrix product in {$"{placement.Compute}".ToLowerInvariant()}: {seconds * 1000:0.00} ms, "
                )
                    + string.Create(CultureInfo.InvariantCulture, $"{2.0 * Side * Side * Side / seconds / 1e9:0} GFLOP/s")
                    + (sound ? "" : $"; WRONG: a sum of {Side} ones is not {Side}")
            );
            return sound;
        }
        catch (ExternalException error)
        {
            terminal.Line($"{name, -8} FAILS: {VisibleText.OneLine(error.Message)}");
            return false;
        }
    }

    private static string Folder(string path) => $"{path}{(Directory.Exists(path) ? "" : " (not there yet)")}";

    private static string Word(bool value) => value ? "yes" : "no";
}
