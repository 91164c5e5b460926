using System.Text.Json;

namespace Lumen.Hub;

/// <summary>
/// Reads the hub's list of a model's files, which may be anything: bounded in bytes while it comes, in entries, and in what a name may be.
/// </summary>
internal static class HubList
{
    /// <summary>Most bytes of a list.</summary>
    public const int LargestAnswer = 16 << 20;

    /// <summary>Most files of a model.</summary>
    public const int MostFiles = 100_000;

    private const int LongestPath = 1000,
        LongestName = 255,
        Buffer = 1 << 16;

    /// <summary>
    /// Reads it. There is one page: the hub gives all files of a revision at once, and no address in the answer is followed.
    /// </summary>
    /// <exception cref="LumenException">It is too long, is no list, names no commit, or names files that are none.</exception>
    public static async Task<HubListing> Read(HttpResponseMessage response, HubId id, CancellationToken stop)
    {
        var bytes = await Bytes(response, id, stop).ConfigureAwait(false);
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var commit = json.RootElement.GetProperty("sha").GetString() ?? "";
            var siblings = json.RootElement.GetProperty("siblings");
            if (siblings.GetArrayLength() > MostFiles)
                throw HubFault.Tricked(id, $"it lists {siblings.GetArrayLength()} files, more than the {MostFiles} that are read");
            var files = siblings.EnumerateArray().Select(file => file.GetProperty("rfilename").GetString() ?? "").ToArray();
            if (!HubId.IsCommit(commit))
                throw HubFault.Tricked(id, "it names no commit");
            if (!files.All(IsPlain))
                throw HubFault.Tricked(id, "it holds a file whose name is not a plain relative path");
            var names = files.ToHashSet(StringComparer.Ordinal);
            return files.FirstOrDefault(path => FoldersOf(path).Any(names.Contains)) is not { } odd
                ? new HubListing(commit, files)
                : throw HubFault.Tricked(id, $"it holds {odd} in a folder that is a file");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new LumenException(
                $"The hub's list of the files of {id} cannot be read: {error.Message} Try again later, or another `Endpoint`.",
                error
            );
        }
    }

    private static async Task<ReadOnlyMemory<byte>> Bytes(HttpResponseMessage response, HubId id, CancellationToken stop)
    {
        var body = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        await using var _ = body.ConfigureAwait(false);
        var (whole, buffer) = (new MemoryStream(), new byte[Buffer]);
        for (int read; (read = await body.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0; )
        {
            if (whole.Length + read > LargestAnswer)
                throw HubFault.Tricked(id, $"its list is longer than {LargestAnswer >> 20} MB");
            whole.Write(buffer, 0, read);
        }
        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    private static IEnumerable<string> FoldersOf(string path)
    {
        for (var at = path.LastIndexOf('/'); at > 0; at = path.LastIndexOf('/', at - 1))
            yield return path[..at];
    }

    // Paths of a repository become paths on this disk, and are shown.
    private static bool IsPlain(string path) =>
        path.Length is > 0 and <= LongestPath
        && !path.Any(letter => char.IsControl(letter) || letter is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
        && path.Split('/').All(part => part is not ("" or "." or "..") && System.Text.Encoding.UTF8.GetByteCount(part) <= LongestName);
}

/// <summary>What the hub says about a model.</summary>
/// <param name="Commit">The commit that the revision stands for.</param>
/// <param name="Files">Paths of its files, checked.</param>
/// <param name="Refusal">Why it is not given; null if it is.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<string> Files, LumenException? Refusal = null);

/// <summary>A file of a model, as the hub announces it before sending it.</summary>
/// <param name="Path">Path in the repository, checked: relative and without tricks.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Etag">Hash of the content: SHA-256 for large files, git's SHA-1 for the others. Checked: 40 or 64 hexadecimal
/// digits.</param>
internal sealed record HubFile(string Path, long Size, string Etag);
