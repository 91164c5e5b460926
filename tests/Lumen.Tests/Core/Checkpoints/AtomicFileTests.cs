using Lumen.Core;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Checkpoints;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_full_disk_is_a_sentence_and_leaves_the_old_file()
    {
        if (!File.Exists("/dev/full")) Assert.Skip("This system has no /dev/full.");
        var path = _folder.File("some.bin");
        File.WriteAllText(path, "old");
        var error = Assert.Throws<LumenException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[1000]);
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            full.Write(new byte[1000]);
            full.Flush();
        }));
        Assert.Contains("some.bin cannot be written", error.Message, StringComparison.Ordinal);
        Assert.Contains("disk has room", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void More_than_the_disk_holds_is_refused_before_the_first_byte()
    {
        var written = false;
        Assert.Throws<LumenException>(() => AtomicFile.Write(_folder.File("huge"), _ => written = true, length: 1L << 60));
        Assert.False(written);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Cancelled_work_leaves_nothing()
    {
        Assert.Throws<OperationCanceledException>(() => AtomicFile.Write(_folder.File("some"), _ => throw new OperationCanceledException()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_finished_file_replaces_the_old_one_and_its_folder_is_made()
    {
        var path = Path.Combine(_folder.Path, "a", "b", "some");
        AtomicFile.Write(path, stream => stream.Write("first"u8), length: 5);
        AtomicFile.Write(path, stream => stream.Write("2nd"u8), length: 100);
        Assert.Equal("2nd", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_folder_in_the_way_is_a_sentence() =>
        Assert.Contains("cannot be written", Assert.Throws<LumenException>(() => AtomicFile.Write(_folder.Path, _ => { })).Message, StringComparison.Ordinal);
}
