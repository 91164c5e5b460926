using System.Diagnostics;

namespace Lumen.Testing;

/// <summary>A disk of its own size in a folder, until it is disposed of.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    /// <summary>
    /// Mounts a disk of so many bytes, rounded to pages, or null where that cannot be: it needs Linux and its administrator.
    /// </summary>
    public static SmallDisk? TryMount(string folder, int bytes)
    {
        Directory.CreateDirectory(folder);
        return IsRun($"mount -t tmpfs -o size={bytes} tmpfs '{folder}'") ? new SmallDisk(folder) : null;
    }

    public void Dispose() => IsRun($"umount '{_folder}'");

    private static bool IsRun(string command)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        using var process = Process.Start(
            new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardError = true, RedirectStandardOutput = true }
        );
        process!.WaitForExit();
        return process.ExitCode == 0;
    }
}
