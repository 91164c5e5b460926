using System.Runtime.InteropServices;

namespace Lumen.Core.Native;

/// <summary>Want of memory, which libtorch reports in words alone.</summary>
public static class OutOfMemory
{
    private static readonly string[] Words = ["allocate memory", "out of memory"]; // of the processor's allocator, of devices' allocators

    /// <summary>Whether this was thrown for want of memory, on the machine or on a device.</summary>
    public static bool IsCauseOf(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error is OutOfMemoryException
            || error is ExternalException && Words.Any(word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
    }
}
