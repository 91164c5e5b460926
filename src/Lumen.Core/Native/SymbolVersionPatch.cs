using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lumen.Files;

namespace Lumen.Core.Native;

/// <summary>
/// Marks one required symbol version of an ELF64 shared library as weak, in a copy. The dynamic linker then warns nothing and goes on where
/// the version is absent. Source: System V gABI and the Linux Standard Base, "Symbol versioning": Elf64_Verneed / Elf64_Vernaux.
/// </summary>
internal static class SymbolVersionPatch
{
    private const uint VersionNeedSection = 0x6FFFFFFE; // SHT_GNU_verneed
    private const ushort Weak = 0x2; // VER_FLG_WEAK

    /// <summary>
    /// Writes the patched copy into <paramref name="folder"/>, which is made this user's alone, and returns its path. A copy that is there
    /// is taken only if every byte of it is right. Where there is no such folder the copy is kept in memory: what is loaded has never been
    /// where others can write.
    /// </summary>
    /// <exception cref="LumenException">The library is damaged, or the copy can be kept nowhere.</exception>
    public static string WriteWeakCopy(string library, string version, string? folder)
    {
        var bytes = File.ReadAllBytes(library);
        var name = $"{Path.GetFileNameWithoutExtension(library)}-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}.so";
        MarkWeak(bytes, version);
        return (folder is null ? null : TryKeep(folder, name, bytes))
            ?? MemoryFile.TryWrite(name, bytes)
            ?? throw new LumenException(
                LumenErrorKind.Device,
                "The native library has to be adapted to this system, but there is no folder that only you can "
                    + $"write{(folder is null ? "" : $" ({folder} is another user's, or others can exchange a part of its path)")}. "
                    + "Set XDG_DATA_HOME to a folder of your own."
            );
    }

    private static string? TryKeep(string folder, string name, byte[] bytes)
    {
        if (!PrivateFolder.TryPrepare(folder))
            return null;
        try
        {
            var target = Path.Combine(folder, name);
            return IsWhole(target, bytes) ? target : WriteInto(folder, name, bytes);
        }
        catch (Exception error) when (error is LumenException or IOException or UnauthorizedAccessException) // a full disk, for instance
        {
            return null;
        }
    }

    private static bool IsWhole(string path, byte[] bytes) =>
        FileFacts.OfName(path) is { Kind: FileKind.Ordinary } facts
        && facts.Owner == FileFacts.User()
        && facts.Length == bytes.Length
        && SHA256.HashData(File.ReadAllBytes(path)).AsSpan().SequenceEqual(SHA256.HashData(bytes));

    // A copy that another process has mapped must never be overwritten: write under a unique name, then rename into place.
    private static string WriteInto(string folder, string name, byte[] bytes)
    {
        var target = Path.Combine(folder, name);
        AtomicFile.Write(target, bytes);
        return target;
    }

    /// <summary>Sets the weak flag of every requirement of <paramref name="version"/>; returns how many there were.</summary>
    /// <exception cref="LumenException">The bytes are not a little-endian ELF64 file, or it is cut short.</exception>
    public static int MarkWeak(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new LumenException(
                LumenErrorKind.Device,
                "The native library is not a little-endian ELF64 file, so its symbol versions cannot be adapted to this system."
            );
        try
        {
            return MarkSections(elf, version);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new LumenException(
                "The native library refers to places beyond its end; it is cut short or damaged. Restore its NuGet package again.",
                error
            );
        }
    }

    private static int MarkSections(Span<byte> elf, string version)
    {
        var sections = (int)BinaryPrimitives.ReadInt64LittleEndian(elf[0x28..]);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3A..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3C..]);
        var marked = 0;
        for (var index = 0; index < count; index++)
        {
            var section = elf.Slice(sections + index * entrySize, entrySize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != VersionNeedSection)
                continue;
            var offset = (int)BinaryPrimitives.ReadInt64LittleEndian(section[0x18..]);
            var link = (int)BinaryPrimitives.ReadUInt32LittleEndian(section[0x28..]);
            var strings = (int)BinaryPrimitives.ReadInt64LittleEndian(elf.Slice(sections + link * entrySize, entrySize)[0x18..]);
            marked += MarkSection(elf, offset, strings, version);
        }
        return marked;
    }

    private static int MarkSection(Span<byte> elf, int need, int strings, string version)
    {
        var marked = 0;
        while (true)
        {
            int entries = BinaryPrimitives.ReadUInt16LittleEndian(elf[(need + 2)..]);
            var entry = need + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(need + 8)..]);
            for (var index = 0; index < entries; index++)
            {
                var name = strings + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(entry + 8)..]);
                var text = elf[name..];
                if (Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]) == version)
                {
                    var flags = BinaryPrimitives.ReadUInt16LittleEndian(elf[(entry + 4)..]);
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(entry + 4)..], (ushort)(flags | Weak));
                    marked++;
                }
                entry += (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(entry + 12)..]);
            }
            var next = (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(need + 12)..]);
            if (next == 0)
                return marked;
            need += next;
        }
    }
}
