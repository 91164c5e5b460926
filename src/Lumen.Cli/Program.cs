using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Lumen.Core.Native;

namespace Lumen.Cli;

/// <summary>
/// The command line. Exit codes: 0 done, 1 a bug (with its stack), 2 something the user gave cannot be used (with a sentence), 130 stopped
/// by Ctrl-C.
/// </summary>
internal static class Program
{
    private const string Stopped = "Stopped. Files that were finished stay; nothing is half written.";
    private static readonly PosixSignal UserSignal = (PosixSignal)(OperatingSystem.IsMacOS() ? 30 : 10); // SIGUSR1
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1); // between two steps, or two pieces of a file

    public static int Main(string[] args)
    {
        LargeBlocks.Keep();
        var terminal = Job.TerminalOf(JobLaunch.Here());
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        // mpirun hands this one on and does not follow it by a kill
        using var soon = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(UserSignal, Cancel);
        return Run(args, terminal, stop.Token);

        // The first signal ends the work cleanly, a second one at once.
        void Cancel(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
            if (terminal.AtOnce is { } before)
                ImmediateExit.After(
                    Grace,
                    130,
                    () =>
                    {
                        before();
                        terminal.EndLine();
                        terminal.Error.WriteLine(Stopped);
                    }
                );
        }
    }

    internal static int Run(string[] args, Terminal terminal, CancellationToken stop = default)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            NativeLibraries.Require(); // before the first TorchSharp type, which would hide the sentence
            var code = CommandTree.Invoke(args, terminal, stop);
            Account(terminal, watch);
            return code;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Fail(130, Stopped);
        }
        catch (LumenException error)
        {
            return Fail(2, error.Message, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(
                2,
                $"A file or folder cannot be used: {error.Message} Check its permissions and the free space of the disk.",
                error
            );
        }
        catch (Exception error) when (OutOfMemory.IsCauseOf(error))
        {
            return Fail(2, "There is not enough memory for this. Try smaller pictures, a smaller batch, or --dtype bfloat16.", error);
        }
        catch (Exception error)
        {
            return Fail(1, $"This is a bug in lumen; please report it with these lines.{Environment.NewLine}{error}");
        }

        int Fail(int code, string message, Exception? cause = null)
        {
            if (code == 2)
                terminal.Fail(message);
            else
            {
                terminal.EndLine();
                terminal.Error.WriteLine(message);
                if (code == 1)
                    terminal.Elsewhere?.Invoke(message);
            }
            if (cause is not null)
                terminal.Detail(cause.ToString());
            Account(terminal, watch);
            terminal.AfterFailure?.Invoke(code);
            return code;
        }
    }

    private static void Account(Terminal terminal, Stopwatch watch)
    {
        if (terminal.Verbosity != Verbosity.Verbose)
            return;
        using var process = Process.GetCurrentProcess();
        terminal.Detail(
            string.Create(
                CultureInfo.InvariantCulture,
                $"time     {watch.Elapsed.TotalSeconds:0.00} s in all, {process.TotalProcessorTime.TotalSeconds:0.00} s of processors, "
                    + $"{process.PeakWorkingSet64 / 1e6:0} MB of memory at most"
            )
        );
    }
}
