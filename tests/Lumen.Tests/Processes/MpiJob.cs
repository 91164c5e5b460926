using System.Diagnostics;
using Lumen.Core.Processes;
using Xunit;

namespace Lumen.Tests.Processes;

/// <summary>The program in several processes, started by <c>mpirun</c>.</summary>
internal sealed class MpiJob : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Process _mpirun;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private MpiJob(ProcessStartInfo start)
    {
        _mpirun = Process.Start(start)!;
        (_output, _error) = (_mpirun.StandardOutput.ReadToEndAsync(), _mpirun.StandardError.ReadToEndAsync());
    }

    /// <summary>Number of the process that was started.</summary>
    public int Id => _mpirun.Id;

    /// <summary>Starts the program; the test is skipped where that is not possible.</summary>
    public static MpiJob Start(int size, params string[] arguments)
    {
        Assert.SkipUnless(MpiCommunicator.IsAvailable && OnPath("mpirun") is not null, "Open MPI is absent (package openmpi-bin).");
        var program = Path.Combine(AppContext.BaseDirectory, "Lumen.Cli.dll");
        Assert.SkipUnless(File.Exists(Path.ChangeExtension(program, ".runtimeconfig.json")), "The program was not built beside the tests.");
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(
            "mpirun",
            ["--oversubscribe", "--bind-to", "none", "-np", $"{size}", host, "exec", program, .. arguments]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // as root, which build machines often are
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["OMP_NUM_THREADS"] = "1";
        return new MpiJob(start);
    }

    /// <summary>Runs the program to its end.</summary>
    public static Outcome Run(int size, params string[] arguments)
    {
        using var job = Start(size, arguments);
        return job.Wait();
    }

    /// <summary>Waits for the end.</summary>
    public Outcome Wait()
    {
        Assert.True(_mpirun.WaitForExit(Patience), "The job does not end.");
        return new Outcome(_mpirun.ExitCode, _output.Result, _error.Result);
    }

    /// <summary>The processes of the program, in the order in which they were started; empty until all run.</summary>
    public int[] Members(int size)
    {
        int[] found =
        [
            .. Process
                .GetProcesses()
                .Where(process => Parent(process.Id) == Id)
                .OrderBy(process => process.Id)
                .Select(process => process.Id),
        ];
        return found.Length == size ? found : [];
    }

    /// <summary>Waits until a process is gone, or only its exit code is left.</summary>
    public static void WaitForEnd(int process)
    {
        for (var watch = Stopwatch.StartNew(); Line(process, "State:") is { } state && !state.Contains('Z', StringComparison.Ordinal); )
        {
            Assert.True(watch.Elapsed < Patience, $"Process {process} goes on.");
            Thread.Sleep(50);
        }
    }

    public void Dispose()
    {
        if (!_mpirun.HasExited)
            _mpirun.Kill(entireProcessTree: true);
        _mpirun.Dispose();
    }

    private static int Parent(int process) =>
        Line(process, "PPid:") is { } line ? int.Parse(line, System.Globalization.CultureInfo.InvariantCulture) : -1;

    private static string? Line(int process, string name)
    {
        try
        {
            return File.ReadLines($"/proc/{process}/status")
                .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
                ?[name.Length..];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>What a job left.</summary>
    public sealed record Outcome(int Code, string Output, string Error);
}
