using System.Runtime.InteropServices;

namespace Lumen.Cli;

/// <summary>Ends the process although a thread is in native code that asks nobody.</summary>
internal static partial class ImmediateExit
{
    /// <summary>Ends it after a while, unless it has ended by then.</summary>
    /// <param name="grace">The while.</param>
    /// <param name="code">Exit code.</param>
    /// <param name="before">Called just before.</param>
    public static void After(TimeSpan grace, int code, Action before) =>
        _ = Task.Delay(grace)
            .ContinueWith(
                _ =>
                {
                    try
                    {
                        before();
                    }
                    finally
                    {
                        Now(code);
                    }
                },
                TaskScheduler.Default
            );

    // Exit handlers of native libraries would wait for, or fall over, what still runs.
    private static void Now(int code)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(code);
        End(code);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void End(int code);
}
