using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lumen.Core.Native;

/// <summary>
/// A file that has no name in any folder, so that nobody else can put another in its place. It lives as long as the process.
/// </summary>
internal static partial class MemoryFile
{
    /// <summary>Makes one.</summary>
    /// <returns>A path that this process can open it by; null where the system has no such files.</returns>
    public static string? TryWrite(string name, byte[] content)
    {
        try
        {
            var handle = Create(name, 1); // MFD_CLOEXEC
            if (handle < 0)
                return null;
            using (var stream = new FileStream(new SafeFileHandle(handle, ownsHandle: false), FileAccess.Write))
                stream.Write(content);
            return $"/proc/self/fd/{handle}";
        }
        catch (Exception absent) when (absent is EntryPointNotFoundException or DllNotFoundException or IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);
}
