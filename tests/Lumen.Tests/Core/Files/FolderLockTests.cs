using System.Diagnostics;
using Lumen.Files;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Files;

public sealed class FolderLockTests
{
    [Fact]
    public void The_second_run_is_told_who_holds_the_folder_and_takes_it_when_the_first_is_done()
    {
        using var folder = new TempFolder();
        using (FolderLock.Take(folder.File("out"), "lumen train vae"))
        {
            var fault = Assert.Throws<LumenException>(() => FolderLock.Take(folder.File("out"), "lumen train base"));
            Assert.Contains(
                $"out is in use by another run: lumen train vae, process {Environment.ProcessId} on {Environment.MachineName}, since 20",
                fault.Message,
                StringComparison.Ordinal
            );
            Assert.Contains("choose another output folder", fault.Message, StringComparison.Ordinal);
            Assert.Throws<LumenException>(() => FolderLock.Require(folder.File("out")));
        }
        FolderLock.Require(folder.File("out"));
        FolderLock.Take(folder.File("out"), "lumen train base").Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("out")));
    }

    [Fact]
    public void What_a_killed_run_left_behind_locks_nobody_out()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File(".lumen.lock"), "lumen train vae, process 1 on elsewhere, since ever\n");
        Assert.Null(FolderLock.HolderOf(folder.File(".lumen.lock")));
        using var taken = FolderLock.Take(folder.Path, "lumen study components");
        Assert.StartsWith("lumen study components, process", FolderLock.HolderOf(folder.File(".lumen.lock")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_is_killed_gives_its_lock_back()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/flock"))
            Assert.Skip("This system has no flock program to hold a lock in another process.");
        using var folder = new TempFolder();
        var path = folder.File(".lumen.lock");
        File.WriteAllText(path, "lumen train vae, process 7 on elsewhere, since noon\n");
        using var other = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["--exclusive", "--no-fork", path, "sleep", "60"]))!;
        SpinWait.SpinUntil(() => FolderLock.HolderOf(path) is not null, TimeSpan.FromSeconds(20));
        Assert.Contains(
            "process 7 on elsewhere",
            Assert.Throws<LumenException>(() => FolderLock.Take(folder.Path, "lumen train vae")).Message,
            StringComparison.Ordinal
        );
        other.Kill();
        other.WaitForExit();
        FolderLock.Take(folder.Path, "lumen train vae").Dispose();
    }

    [Fact]
    public void Of_many_that_ask_at_once_each_has_the_folder_alone()
    {
        using var folder = new TempFolder();
        var (inside, most, turns) = (0, 0, 0);
        Parallel.For(
            0,
            8,
            _ =>
            {
                for (var turn = 0; turn < 10; turn++)
                {
                    using var taken = FolderLock.TryTake(folder.File("lock"), "a turn");
                    if (taken is null)
                        continue;
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    Interlocked.Increment(ref turns);
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                }
            }
        );
        Assert.Equal(1, most);
        Assert.True(turns > 0);
    }

    [Fact]
    public void Waiting_ends_when_the_work_is_stopped()
    {
        using var folder = new TempFolder();
        using var taken = FolderLock.TryTake(folder.File("lock"), "rendering");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.ThrowsAny<OperationCanceledException>(() => FolderLock.Wait(folder.File("lock"), "rendering", stop.Token));
    }

    [Fact]
    public void A_lock_file_of_odd_content_is_shown_as_plain_letters()
    {
        using var folder = new TempFolder();
        using var held = new FileStream(folder.File(".lumen.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        held.Write("\u001b[31mred\u202Eder"u8);
        held.Flush();
        Assert.Contains(
            "by another run: ?[31mred?der.",
            Assert.Throws<LumenException>(() => FolderLock.Take(folder.Path, "x")).Message,
            StringComparison.Ordinal
        );
    }
}
