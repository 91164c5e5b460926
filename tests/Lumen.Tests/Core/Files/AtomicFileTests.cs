using Lumen.Files;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Files;

public sealed class WholeFileTests
{
    [Fact]
    public void What_a_killed_process_left_is_taken_out_and_nothing_else()
    {
        using var folder = new TempFolder();
        string[] kept = [".hidden.tmp", "a.tmp", $".{Guid.NewGuid():N}.png"];
        foreach (var name in kept.Append($".{Guid.NewGuid():N}.tmp"))
            File.WriteAllText(folder.File(name), "half");
        AtomicFile.RemoveLeftovers(folder.Path, TimeSpan.FromMinutes(2));
        Assert.Equal(4, Directory.GetFiles(folder.Path).Length); // it may still be written
        AtomicFile.RemoveLeftovers(folder.Path, TimeSpan.Zero);
        Assert.Equal(kept.Order(), Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        AtomicFile.RemoveLeftovers(folder.File("absent"), TimeSpan.Zero);
    }

    [Fact]
    public void Missing_folders_are_made_and_older_files_replaced()
    {
        using var folder = new TempFolder();
        var path = folder.File("a/b/c.txt");
        AtomicFile.Write(path, "old"u8);
        AtomicFile.Write(path, "new"u8);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories), File.Exists);
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TempFolder();
        var path = folder.File("a.png");
        AtomicFile.Write(path, "old"u8);
        var error = Assert.Throws<LumenException>(() =>
            AtomicFile.Write(
                path,
                stream =>
                {
                    stream.Write("half"u8);
                    throw new IOException("No space left on device");
                }
            )
        );
        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
        Assert.Contains("a.png", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_really_full_device_is_a_sentence()
    {
        if (!File.Exists("/dev/full"))
            Assert.Skip("This system has no /dev/full.");
        using var folder = new TempFolder();
        Assert.Throws<LumenException>(() =>
            AtomicFile.Write(
                folder.File("a.png"),
                _ =>
                {
                    using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
                    full.WriteByte(1);
                }
            )
        );
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void More_than_the_disk_holds_is_refused_before_the_first_byte()
    {
        using var folder = new TempFolder();
        var written = false;
        Assert.Throws<LumenException>(() => AtomicFile.Write(folder.File("huge"), _ => written = true, length: 1L << 60));
        Assert.False(written);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Any_other_error_is_passed_on_and_leaves_nothing()
    {
        using var folder = new TempFolder();
        Assert.Throws<OperationCanceledException>(() =>
            AtomicFile.Write(folder.File("a.png"), _ => throw new OperationCanceledException())
        );
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_sentence()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("file"), "");
        Assert.Throws<LumenException>(() => AtomicFile.Write(folder.File("file/below.png"), "x"u8));
        Assert.Throws<LumenException>(() => AtomicFile.Write("/proc/nowhere/a.png", "x"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void An_impossible_path_is_a_sentence(string path) => Assert.Throws<LumenException>(() => AtomicFile.Write(path, "x"u8));
}
