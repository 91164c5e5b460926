using System.Globalization;

namespace Lumen.Core.Native;

/// <summary>How much memory this machine, or the container that the program runs in, has.</summary>
public static class MachineMemory
{
    private const string Free = "MemAvailable:";

    /// <summary>Bytes in all.</summary>
    public static long Total => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is var limit and > 0 ? limit : long.MaxValue;

    /// <summary>Bytes that programs can still have, as the system says; where it does not, all of it.</summary>
    public static long Available
    {
        get
        {
            if (!OperatingSystem.IsLinux())
                return Total;
            try
            {
                var line = File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith(Free, StringComparison.Ordinal));
                return
                    line?[Free.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var kilobytes, ..]
                    && long.TryParse(kilobytes, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    ? Math.Min(1024 * count, Total)
                    : Total;
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return Total;
            }
        }
    }
}
