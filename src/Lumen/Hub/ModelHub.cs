using System.Text;
using Lumen.Files;

namespace Lumen.Hub;

/// <summary>
/// Fetches models from the hub into its cache. Blobs first, then the snapshot, then the branch's name: what can be found in the cache is
/// whole.
/// </summary>
/// <param name="options">Where from and where to.</param>
public sealed class ModelHub(HubOptions options)
{
    private readonly HubCache _cache = new(options.CacheFolder);

    /// <summary>Fetches what is missing of a model.</summary>
    /// <param name="id">The model; one that has moved is found under its new id.</param>
    /// <param name="pull">What is fetched.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="stop">Stops; what has come is kept for the next time.</param>
    /// <exception cref="LumenException">The hub refuses, fails or contradicts itself, or the disk is full.</exception>
    public async Task<PulledModel> Pull(
        HubId id,
        PullOptions pull,
        IProgress<HubProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        if (options.IsOffline)
        {
            var here =
                _cache.Find(id)
                ?? throw new LumenException(
                    LumenErrorKind.Network,
                    $"{id} is not in the hub's cache ({options.CacheFolder}), and connections are switched off (`IsOffline` or "
                        + $"HF_HUB_OFFLINE): {_cache.WhatIsHere(id)}"
                );
            await RequireWhole(here, id, stop).ConfigureAwait(false);
            return new PulledModel(id, "", here, 0, 0);
        }
        using var client = new HubClient(options);
        var (found, listing) = await List(client, id, stop).ConfigureAwait(false);
        var commit = listing.Commit;
        var files = new List<HubFile>();
        foreach (var path in PullSelection.Choose(listing.Files, found, pull.Include, pull.Variant))
            files.Add(await client.Head(found, commit, path, stop).ConfigureAwait(false));
        RequireRoom(found, files);
        var fetched = await Fetch(client, found, commit, files, progress, stop).ConfigureAwait(false);
        var snapshot = _cache.Snapshot(found, commit);
        foreach (var file in files)
            Link(Path.Combine(snapshot, Path.Combine(file.Path.Split('/'))), _cache.Blob(found, file.Etag));
        if (!HubId.IsCommit(found.Revision))
            AtomicFile.Write(_cache.Reference(found), Encoding.ASCII.GetBytes(commit));
        return new PulledModel(found, commit, snapshot, files.Count, files.Sum(file => file.Size)) { WasHere = fetched == 0 };
    }

    // A blob is called by its hash, so that it can be checked without the hub.
    private static async Task RequireWhole(string snapshot, HubId id, CancellationToken stop)
    {
        foreach (var path in Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories))
        {
            if (
                new FileInfo(path).LinkTarget is null
                || Path.GetFileName(RealPath.Of(path)) is not { Length: 40 or 64 } hash
                || !hash.All(char.IsAsciiHexDigitLower)
            )
                continue;
            var size = FileFacts.Of(path)?.Length ?? -1;
            if (!await HubDownload.IsWhole(path, new HubFile(path, size, hash), stop).ConfigureAwait(false))
                throw new LumenException(
                    LumenErrorKind.Network,
                    $"{Path.GetRelativePath(snapshot, path)} of {id} in the hub's cache is missing or has another content than its "
                        + "hash says. Pull it again with a connection; only what is damaged is fetched."
                );
        }
    }

    private static async Task<(HubId Id, HubListing Listing)> List(HubClient client, HubId id, CancellationToken stop)
    {
        var listing = await client.List(id, stop).ConfigureAwait(false);
        if (listing.Refusal is not null && HubAliases.Of(id) is { } moved)
            (id, listing) = (moved, await client.List(moved, stop).ConfigureAwait(false));
        return listing.Refusal is { } refusal ? throw refusal : (id, listing);
    }

    // How many of the files had to come.
    private async Task<int> Fetch(
        HubClient client,
        HubId id,
        string commit,
        List<HubFile> files,
        IProgress<HubProgress>? progress,
        CancellationToken stop
    )
    {
        var download = new HubDownload(client, _cache, options);
        var (before, total, fetched) = (0L, files.Sum(file => file.Size), 0);
        foreach (var file in files)
        {
            if (
                await download
                    .Fetch(id, commit, file, here => progress?.Report(new HubProgress(file.Path, before + here, total)), stop)
                    .ConfigureAwait(false)
            )
                fetched++;
            before += file.Size;
        }
        return fetched;
    }

    private void RequireRoom(HubId id, List<HubFile> files)
    {
        Directory.CreateDirectory(_cache.ModelFolder(id));
        var lacking = files.Where(file => !File.Exists(_cache.Blob(id, file.Etag))).Sum(file => (decimal)file.Size);
        var place = Path.GetFullPath(_cache.ModelFolder(id));
        var free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(place)! : place).AvailableFreeSpace;
        if (lacking > free)
            throw new LumenException(
                LumenErrorKind.Disk,
                $"{id} needs {lacking / 1_000_000_000m:0.0} GB more, but the disk of {options.CacheFolder} has {free / 1e9:0.0} GB "
                    + "left. Free some, or choose another place with `CacheFolder` or HF_HOME."
            );
    }

    // As the hub's own tools do it: a relative link from the snapshot to the blob, or a copy where links are not possible.
    private static void Link(string path, string blob)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Guid.NewGuid():N}.tmp");
        try
        {
            try
            {
                File.CreateSymbolicLink(temporary, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
            {
                File.Copy(blob, temporary);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

/// <summary>How far a download is.</summary>
/// <param name="File">The file at work, as the repository names it.</param>
/// <param name="Done">Bytes of all files that are here.</param>
/// <param name="Total">Bytes of all files.</param>
public sealed record HubProgress(string File, long Done, long Total);

/// <summary>What is fetched of a model.</summary>
public sealed record PullOptions
{
    /// <summary>Patterns of paths or names, such as <c>*.json</c>; empty for what is needed to use the model.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Form of the weights that is preferred, such as <c>fp16</c>; null for the plain one.</summary>
    public string? Variant { get; init; }
}

/// <summary>A model that is in the cache now.</summary>
/// <param name="Id">The id it was found under, which may be another than the one asked for.</param>
/// <param name="Commit">Its commit; empty where the cache answered alone.</param>
/// <param name="Folder">Its snapshot.</param>
/// <param name="Files">Number of files asked for.</param>
/// <param name="Bytes">Their bytes together.</param>
public sealed record PulledModel(HubId Id, string Commit, string Folder, int Files, long Bytes)
{
    /// <summary>True where all of it was in the cache already, so that nothing had to come.</summary>
    public bool WasHere { get; init; }
}
