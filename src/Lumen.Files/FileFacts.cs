using System.Runtime.InteropServices;

namespace Lumen.Files;

/// <summary>What the file system says about a name, without opening it: opening a pipe or a device waits or never ends.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Bytes of an ordinary file.</param>
public readonly partial record struct FileFacts(FileKind Kind, long Length)
{
    private const int Here = -100,
        KeepLinks = 0x100; // AT_FDCWD, AT_SYMLINK_NOFOLLOW
    private const uint Basic = 0x7FF; // STATX_BASIC_STATS

    /// <summary>Permissions; none where the system has no such thing.</summary>
    public UnixFileMode Mode { get; init; }

    /// <summary>Number of the owner; null where that is not known.</summary>
    public uint? Owner { get; init; }

    /// <summary>What two names of one file have in common; null where that is not known.</summary>
    public (ulong Device, ulong File)? Identity { get; init; }

    /// <summary>
    /// Of the file that a name leads to, through links; null where there is none that can be seen, and for a link that leads nowhere.
    /// </summary>
    public static FileFacts? Of(string path) => OperatingSystem.IsLinux() ? Ask(path, 0) : Managed(path);

    /// <summary>Of the name itself: a link is a link.</summary>
    public static FileFacts? OfName(string path) =>
        OperatingSystem.IsLinux() ? Ask(path, KeepLinks)
        : new FileInfo(path).LinkTarget is not null ? new FileFacts(FileKind.Link, 0)
        : Managed(path);

    /// <summary>Number of the user who runs this; null where that is not known.</summary>
    public static uint? User() => OperatingSystem.IsLinux() ? EffectiveUser() : null;

    private static FileFacts? Ask(string path, int flags)
    {
        if (path.Length == 0 || path.Contains('\0'))
            return null;
        if (Statx(Here, path, flags, Basic, out var found) != 0)
            return null;
        var kind = (found.Mode & 0xF000) switch
        {
            0x8000 => FileKind.Ordinary,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.Link,
            _ => FileKind.Other,
        };
        return new FileFacts(kind, (long)found.Size)
        {
            Mode = (UnixFileMode)(found.Mode & 0xFFF),
            Owner = found.Owner,
            Identity = (((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.File),
        };
    }

    private static FileFacts? Managed(string path) =>
        Directory.Exists(path) ? new FileFacts(FileKind.Folder, 0)
        : new FileInfo(path) is { Exists: true } file ? new FileFacts(FileKind.Ordinary, file.Length)
        : null;

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out Answer answer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    // struct statx of linux/stat.h.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Answer
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong File;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

/// <summary>What a name of the file system stands for.</summary>
public enum FileKind
{
    /// <summary>An ordinary file: it has an end.</summary>
    Ordinary,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link.</summary>
    Link,

    /// <summary>A pipe, a device, a socket: reading it may never end.</summary>
    Other,
}
