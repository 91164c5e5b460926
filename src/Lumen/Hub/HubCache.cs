namespace Lumen.Hub;

/// <summary>
/// The cache that the hub's own tools share: <c>models--org--name</c> with <c>refs</c> (branch to commit), <c>snapshots</c> (commit to
/// files) and <c>blobs</c> (contents, named by their hash). Looking something up here needs no network.
/// </summary>
/// <param name="folder">The cache's folder; it need not exist.</param>
public sealed class HubCache(string folder)
{
    private const string Prefix = "models--";

    /// <summary>The cache's folder.</summary>
    public string Folder => folder;

    /// <summary>The snapshot of a model, under its own id or the one it has moved to; null if it is not here.</summary>
    public string? Find(HubId id) => FindExactly(id) ?? (HubAliases.Of(id) is { } moved ? FindExactly(moved) : null);

    /// <summary>What is said where a model is not here.</summary>
    public LumenException Missing(HubId id) => new(LumenErrorKind.File, $"There is no file or folder {id}, and {WhatIsHere(id)}");

    /// <summary>
    /// What the cache has of a model that was not found in it, and what helps; a sentence that begins with "the hub's cache".
    /// </summary>
    internal string WhatIsHere(HubId id)
    {
        var here = HubAliases.Of(id) is { } moved && Commits(id).Length == 0 ? moved : id;
        var pull = $"Fetch it once with: lumen model pull {id}";
        return Commits(here) switch
        {
            [] => $"the hub's cache ({folder}) has no model {id.Repository}. {pull}",
            // A cache that was copied by hand, or filled by commit, lacks the names of branches.
            var commits when id.Revision == "main" && !File.Exists(Reference(here)) =>
                $"the hub's cache ({folder}) has {here.Repository} at "
                    + $"{(commits.Length == 1 ? "one commit" : $"{commits.Length} commits")}, but no refs/{id.Revision} that says "
                    + "which is meant. "
                    + $"Name it: {string.Join(" or ", commits.Take(3).Select(commit => $"{here.Repository}@{commit}"))}"
                    + $"{(commits.Length > 3 ? " ..." : "")}, or with a connection: lumen model pull {id}",
            _ => $"the hub's cache ({folder}) has {here.Repository}, but not its revision {id.Revision}. {pull}",
        };
    }

    private string[] Commits(HubId id)
    {
        var snapshots = Path.Combine(ModelFolder(id), "snapshots");
        return Directory.Exists(snapshots)
            ?
            [
                .. Directory
                    .EnumerateDirectories(snapshots)
                    .Select(path => Path.GetFileName(path))
                    .Where(HubId.IsCommit)
                    .Order(StringComparer.Ordinal),
            ]
            : [];
    }

    /// <summary>The id of the model whose snapshot a path is; null for other paths.</summary>
    public static string? NameOf(string path)
    {
        var parts = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)).Split(Path.DirectorySeparatorChar);
        return parts is [.., var model, "snapshots", _] && model.StartsWith(Prefix, StringComparison.Ordinal)
            ? model[Prefix.Length..].Replace("--", "/", StringComparison.Ordinal)
            : null;
    }

    internal string ModelFolder(HubId id) => Path.Combine(folder, $"{Prefix}{id.Organisation}--{id.Name}");

    internal string Blob(HubId id, string etag) => Path.Combine(ModelFolder(id), "blobs", etag);

    internal string Snapshot(HubId id, string commit) => Path.Combine(ModelFolder(id), "snapshots", commit);

    internal string Reference(HubId id) => Path.Combine(ModelFolder(id), "refs", Path.Combine(id.Revision.Split('/')));

    private string? FindExactly(HubId id)
    {
        var commit = HubId.IsCommit(id.Revision) ? id.Revision : ReadReference(id);
        return commit is not null && Snapshot(id, commit) is var snapshot && Directory.Exists(snapshot) ? snapshot : null;
    }

    private string? ReadReference(HubId id)
    {
        var path = Reference(id);
        if (!File.Exists(path))
            return null;
        var commit = File.ReadAllText(path).Trim();
        return HubId.IsCommit(commit)
            ? commit
            : throw new LumenException(
                LumenErrorKind.File,
                $"{path} must hold the hash of a commit but holds \"{(commit.Length > 60 ? commit[..60] : commit)}\". Delete it and "
                    + "pull the model again."
            );
    }
}
