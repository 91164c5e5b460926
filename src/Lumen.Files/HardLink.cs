using System.Runtime.InteropServices;

namespace Lumen.Files;

/// <summary>A second name for a file: no copy, no disk space; a change under one name is a change under both.</summary>
public static partial class HardLink
{
    /// <summary>Makes a link.</summary>
    /// <param name="path">The new name; it must be free.</param>
    /// <param name="existing">The file.</param>
    /// <returns>False where the file system cannot do it (another disk, no support): copy instead.</returns>
    public static bool TryCreate(string path, string existing) =>
        OperatingSystem.IsWindows() ? CreateHardLink(path, existing, IntPtr.Zero) : Link(existing, path) == 0;

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string path, string existing, IntPtr security);
}
