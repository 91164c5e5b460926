using Lumen.Files;

namespace Lumen.Augmentation;

/// <summary>
/// Puts files into an output folder whole: they are written in a work folder of this process and moved into place. What a crash leaves
/// behind lies in the work folder only: the next run of the same shard empties it, and one that divides the work otherwise takes it out.
/// </summary>
internal sealed class StagedWriter : IDisposable
{
    /// <summary>The lock of a review, in <c>lumen</c>.</summary>
    public const string ReviewLock = "review.lock";

    private const int Looks = 5; // at a lock that another process of the job may be looking at, too
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly string _root,
        _work;
    private readonly bool _links;
    private readonly FolderLock _lock;
    private int _count;

    /// <param name="root">The output folder.</param>
    /// <param name="shard">This process's share of the work.</param>
    /// <param name="links">Whether files that stay the same are hard links.</param>
    /// <exception cref="LumenException">Another process works on this shard or has divided the work otherwise, or the folder cannot be
    /// written.</exception>
    public StagedWriter(string root, (int Index, int Count) shard, bool links)
    {
        (_root, _links) = (root, links);
        _work = Path.Combine(root, "lumen", $"work-{shard.Index}-of-{shard.Count}");
        _lock = Lock(root, shard);
        ClearOthers(root, shard.Count);
        Directory.CreateDirectory(_work);
        foreach (var left in Directory.EnumerateFiles(_work))
            File.Delete(left);
    }

    /// <summary>Makes a file.</summary>
    /// <param name="name">Where it belongs, below the output folder.</param>
    /// <param name="write">Writes it to the path given.</param>
    /// <exception cref="LumenException">It cannot be written, or the disk is full; the message names the file.</exception>
    public void Put(string name, Action<string> write) =>
        Stage(
            name,
            temporary =>
            {
                write(temporary);
                using var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite);
                RandomAccess.FlushToDisk(handle);
            }
        );

    /// <summary>
    /// Copies a file as it is, or links to it. Of a symbolic link the content is taken, never the link: it need not lead anywhere from
    /// here.
    /// </summary>
    /// <exception cref="LumenException">As of <see cref="Put"/>.</exception>
    public void Copy(string from, string name) =>
        Stage(
            name,
            temporary =>
            {
                var real = RealPath.Of(from);
                if (!_links || !HardLink.TryCreate(temporary, real))
                    File.Copy(real, temporary);
            }
        );

    /// <summary>Takes a file out, if it is there.</summary>
    public void Remove(string name)
    {
        if (File.Exists(Path.Combine(_root, name)))
            File.Delete(Path.Combine(_root, name)); // File.Delete throws where the folder is missing
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_work, recursive: true);
        }
        catch (IOException)
        {
            // The next run of this shard empties it.
        }
        _lock.Dispose();
    }

    // Shards of one division share a folder; those of two divisions would make the same pictures twice.
    private static FolderLock Lock(string root, (int Index, int Count) shard)
    {
        var folder = Path.Combine(root, "lumen");
        var own = Path.Combine(folder, $"shard-{shard.Index}-of-{shard.Count}.lock");
        var taken =
            FolderLock.TryTake(own, $"lumen augment, shard {shard.Index} of {shard.Count}")
            ?? throw new LumenException(
                $"Another process is already working on shard {shard.Index} of {shard.Count} in {root}: "
                    + $"{FolderLock.HolderOf(own) ?? "it has just ended"}. Wait for it, or give this one another `Shard`."
            );
        foreach (var other in Others(Directory.EnumerateFiles(folder, "shard-*-of-*.lock"), $"-of-{shard.Count}.lock"))
        {
            if (HolderOf(other) is not { } holder)
                continue;
            taken.Dispose();
            throw new LumenException(
                $"Another process is working in {root} with the work divided otherwise: {holder}. Wait for it, or divide the work "
                    + "the same way with `Shard`."
            );
        }
        if (FolderLock.HolderOf(Path.Combine(folder, ReviewLock)) is { } reviewer)
        {
            taken.Dispose();
            throw new LumenException($"{root} is being reviewed: {reviewer}. Wait for it.");
        }
        return taken;
    }

    // Whoever only looks at a lock holds it for a moment.
    private static string? HolderOf(string path)
    {
        var holder = FolderLock.HolderOf(path);
        for (var look = 1; look < Looks && holder is not null; look++)
        {
            Thread.Sleep(Pause);
            holder = FolderLock.HolderOf(path);
        }
        return holder;
    }

    // What shards of other divisions left when they were killed. None of them works: it would have been refused, or this run was.
    private static void ClearOthers(string root, int count)
    {
        var folder = Path.Combine(root, "lumen");
        foreach (var left in Others(Directory.EnumerateFiles(folder, "shard-*-of-*.lock"), $"-of-{count}.lock"))
            FolderLock.TryTake(left, "lumen augment, clearing up")?.Dispose(); // which removes it
        foreach (var left in Others(Directory.EnumerateDirectories(folder, "work-*-of-*"), $"-of-{count}"))
        {
            try
            {
                Directory.Delete(left, recursive: true);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // Another process of this job takes it out, or a later run will.
            }
        }
    }

    private static string[] Others(IEnumerable<string> paths, string own) =>
        [.. paths.Where(path => !path.EndsWith(own, StringComparison.Ordinal))];

    private void Stage(string name, Action<string> write)
    {
        var target = Path.Combine(_root, name);
        var temporary = Path.Combine(_work, $"{_count++}{Path.GetExtension(name)}");
        try
        {
            write(temporary);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(temporary, target, overwrite: true);
            if (File.Exists(temporary))
                File.Delete(temporary); // moving one link of a file onto another one of it does nothing
        }
        catch (LumenException fault) when (fault.InnerException is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Fault(target, fault.InnerException!); // not under the name that it has in the work folder
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Fault(target, cause);
        }
    }
}
