using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Lumen.Core.Native;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Native;

public sealed class SymbolVersionPatchTests : IDisposable
{
    private const string Version = "GLIBCXX_3.4.32";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Exactly_one_bit_of_the_real_library_changes_and_the_original_stays()
    {
        var library = Bridge();
        var original = File.ReadAllBytes(library);
        var hash = SHA256.HashData(original);
        var copy = File.ReadAllBytes(SymbolVersionPatch.WriteWeakCopy(library, Version, _folder.Path));
        Assert.Equal(original.Length, copy.Length);
        int[] changed = [.. Enumerable.Range(0, copy.Length).Where(index => copy[index] != original[index])];
        var at = Assert.Single(changed);
        Assert.Equal(original[at] | 0x2, copy[at]); // VER_FLG_WEAK
        Assert.Equal(0, original[at] & 0x2);
        // vna_flags is preceded by the four bytes of vna_hash, which identify the version.
        Assert.Equal(ElfHash(Version), BitConverter.ToUInt32(copy, at - 4));
        Assert.Equal(hash, SHA256.HashData(File.ReadAllBytes(library)));
    }

    [Fact]
    public void A_finished_copy_is_reused()
    {
        var first = SymbolVersionPatch.WriteWeakCopy(Bridge(), Version, _folder.Path);
        var written = File.GetLastWriteTimeUtc(first).AddDays(-1);
        File.SetLastWriteTimeUtc(first, written);
        Assert.Equal(first, SymbolVersionPatch.WriteWeakCopy(Bridge(), Version, _folder.Path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(first));
        Assert.Equal([first], Directory.EnumerateFiles(_folder.Path));
    }

    [Fact]
    public void A_copy_that_was_cut_short_is_written_again()
    {
        var copy = SymbolVersionPatch.WriteWeakCopy(Bridge(), Version, _folder.Path);
        var whole = File.ReadAllBytes(copy);
        File.WriteAllBytes(copy, whole[..1000]);
        Assert.Equal(copy, SymbolVersionPatch.WriteWeakCopy(Bridge(), Version, _folder.Path));
        Assert.Equal(whole, File.ReadAllBytes(copy));
    }

    [Fact]
    public void A_copy_of_the_right_length_with_another_content_is_written_again()
    {
        var copy = SymbolVersionPatch.WriteWeakCopy(Bridge(), Version, _folder.File("cache"));
        var whole = File.ReadAllBytes(copy);
        File.WriteAllBytes(copy, new byte[whole.Length]);
        Assert.Equal(copy, SymbolVersionPatch.WriteWeakCopy(Bridge(), Version, _folder.File("cache")));
        Assert.Equal(whole, File.ReadAllBytes(copy));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void The_folder_of_the_copy_is_this_users_alone()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Folders have no permissions of this kind here.");
        Directory.CreateDirectory(_folder.File("lumen/native")); // as others may read it
        var copy = SymbolVersionPatch.WriteWeakCopy(Bridge(), Version, _folder.File("lumen/native"));
        Assert.StartsWith(_folder.Path, copy, StringComparison.Ordinal);
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder.File("lumen/native")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder.File("lumen")));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("link")]
    [InlineData("shared")]
    [InlineData("none")]
    [SupportedOSPlatform("linux")]
    public void Where_no_folder_is_this_users_alone_the_copy_is_kept_in_memory(string what)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("There are no files without a name here.");
        var folder = _folder.File("cache/lumen/native");
        Directory.CreateDirectory(_folder.File("cache"));
        Directory.CreateDirectory(_folder.File("elsewhere/native"));
        if (what == "file")
            File.WriteAllText(_folder.File("cache/lumen"), "in the way");
        if (what == "link")
            Directory.CreateSymbolicLink(_folder.File("cache/lumen"), _folder.File("elsewhere"));
        if (what == "shared")
            // 0777 without the sticky bit: others can exchange what is in it
            File.SetUnixFileMode(_folder.File("cache"), (UnixFileMode)0x1FF);
        var copy = SymbolVersionPatch.WriteWeakCopy(Bridge(), Version, what == "none" ? null : folder);
        Assert.StartsWith("/proc/self/fd/", copy, StringComparison.Ordinal);
        Assert.Equal(new FileInfo(Bridge()).Length, File.ReadAllBytes(copy).Length);
        Assert.Equal(0x2, File.ReadAllBytes(copy).Zip(File.ReadAllBytes(Bridge()), (one, other) => one ^ other).Sum()); // VER_FLG_WEAK
        Assert.Empty(Directory.EnumerateFiles(_folder.File("elsewhere"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_version_that_is_not_required_changes_nothing()
    {
        var bytes = File.ReadAllBytes(Bridge());
        var before = bytes.ToArray();
        Assert.Equal(0, SymbolVersionPatch.MarkWeak(bytes, "GLIBCXX_9.9.99"));
        Assert.Equal(before, bytes);
    }

    [Fact]
    public void Marking_twice_changes_nothing_more()
    {
        var bytes = File.ReadAllBytes(Bridge());
        Assert.Equal(1, SymbolVersionPatch.MarkWeak(bytes, Version));
        var once = bytes.ToArray();
        SymbolVersionPatch.MarkWeak(bytes, Version);
        Assert.Equal(once, bytes);
    }

    [Fact]
    public void What_is_not_an_ELF_file_is_refused_and_nothing_is_written()
    {
        foreach (var content in new[] { "", "not a library, but long enough to have a header of sixty-four bytes and more" })
        {
            File.WriteAllText(_folder.File("some.so"), content);
            var error = Assert.Throws<LumenException>(() =>
                SymbolVersionPatch.WriteWeakCopy(_folder.File("some.so"), Version, _folder.File("cache"))
            );
            Assert.Contains("not a little-endian ELF64 file", error.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder.File("cache")));
        }
    }

    [Fact]
    public void A_library_that_is_cut_short_is_refused()
    {
        var bytes = File.ReadAllBytes(Bridge());
        Assert.Contains(
            "cut short",
            Assert.Throws<LumenException>(() => SymbolVersionPatch.MarkWeak(bytes.AsSpan(0, 5000), Version)).Message,
            StringComparison.Ordinal
        );
    }

    private static string Bridge()
    {
        var file = Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).FirstOrDefault();
        if (file is null)
            Assert.Skip("The native library of TorchSharp is not beside the tests (another platform).");
        return file!;
    }

    // System V gABI, "Hash Table Section".
    private static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (var letter in Encoding.ASCII.GetBytes(name))
        {
            hash = (hash << 4) + letter;
            var high = hash & 0xF0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }
        return hash;
    }
}
