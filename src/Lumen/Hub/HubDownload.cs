using System.Net;
using System.Security.Cryptography;
using System.Text;
using Lumen.Files;

namespace Lumen.Hub;

/// <summary>
/// One file into the cache's blobs: continued where an earlier attempt ended, checked against its hash, and moved into place only when it
/// is whole.
/// </summary>
internal sealed class HubDownload(HubClient client, HubCache cache, HubOptions options)
{
    private const int Attempts = 5;
    private const int MostConnections = 200;
    private const int Buffer = 1 << 20;

    /// <summary>Makes sure that the blob is there and is what its hash says; a damaged one is fetched again.</summary>
    /// <param name="id">The model.</param>
    /// <param name="commit">Its commit.</param>
    /// <param name="file">What the hub announced.</param>
    /// <param name="progress">Receives how many bytes of the file are here.</param>
    /// <param name="stop">Stops; what has come is kept for the next time.</param>
    /// <returns>Whether anything had to come.</returns>
    /// <exception cref="LumenException">The hub fails, or sends something else than it announced.</exception>
    public async Task<bool> Fetch(HubId id, string commit, HubFile file, Action<long> progress, CancellationToken stop)
    {
        var blob = cache.Blob(id, file.Etag);
        if (await IsWhole(blob, file, stop).ConfigureAwait(false))
        {
            progress(file.Size);
            return false;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        var partial = blob + ".incomplete";
        for (var attempt = 1; ; attempt++)
        {
            using (var stream = Open(partial, file))
            {
                using var hash = Begin(file);
                await FillFrom(stream, hash, id, commit, file, progress, stop).ConfigureAwait(false);
                if (Convert.ToHexStringLower(hash.GetHashAndReset()) == file.Etag)
                {
                    stream.Flush(flushToDisk: true);
                    break;
                }
            }
            File.Delete(partial);
            if (attempt == 2)
                throw new LumenException(
                    LumenErrorKind.Network,
                    $"{file.Path} of {id} came twice with another content than its hash says. Nothing of it was kept. Try again "
                        + "later, or another `Endpoint`."
                );
        }
        File.Move(partial, blob, overwrite: true);
        return true;
    }

    /// <summary>
    /// Whether the blob is there with the content that its hash says: a disk may lose bits, and another program may have written it.
    /// </summary>
    internal static async Task<bool> IsWhole(string blob, HubFile file, CancellationToken stop)
    {
        if (FileFacts.Of(blob) is not { Kind: FileKind.Ordinary } facts || facts.Length != file.Size)
            return false;
        using var hash = Begin(file);
        var stream = new FileStream(blob, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        await using var _ = stream.ConfigureAwait(false);
        var buffer = new byte[Buffer];
        for (int read; (read = await stream.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0; )
            hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset()) == file.Etag;
    }

    private static FileStream Open(string partial, HubFile file)
    {
        try
        {
            return new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, Buffer);
        }
        catch (IOException error) when (File.Exists(partial))
        {
            throw new LumenException(
                $"{file.Path} is being downloaded by another program ({error.Message}). Wait for it, or end it.",
                error
            );
        }
    }

    private static IncrementalHash Begin(HubFile file)
    {
        if (file.Etag.Length == 64)
            return IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1); // what git names a blob by; here it finds damage, it guards nothing
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {file.Size}\0"));
        return hash;
    }

    private async Task FillFrom(
        FileStream stream,
        IncrementalHash hash,
        HubId id,
        string commit,
        HubFile file,
        Action<long> progress,
        CancellationToken stop
    )
    {
        var buffer = new byte[Buffer];
        if (stream.Length > file.Size)
            stream.SetLength(0);
        for (int read; (read = await stream.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0; )
            hash.AppendData(buffer, 0, read);
        var (failures, connections) = (0, 0);
        while (stream.Length < file.Size)
        {
            progress(stream.Length);
            var before = stream.Length;
            using var response = await client.Get(id, commit, file.Path, before, stop).ConfigureAwait(false);
            if (!Continues(response, before, file))
                Restart(stream, hash, file);
            var reason = await Copy(response, stream, hash, file, buffer, progress, stop).ConfigureAwait(false);
            if (stream.Length > file.Size)
            {
                stream.SetLength(0);
                throw HubFault.Tricked(id, $"{file.Path} is longer than the {file.Size} bytes that were announced");
            }
            failures = stream.Length > before ? 0 : failures + 1;
            if (stream.Length == file.Size)
                break;
            if (failures == Attempts || ++connections == MostConnections)
                throw HubFault.Unreachable(
                    id,
                    options,
                    $"{file.Path} ends at byte {stream.Length} of {file.Size} again and again; {reason}"
                );
            if (failures > 0)
                await options.Pause(TimeSpan.FromSeconds(1 << (failures - 1)), stop).ConfigureAwait(false);
        }
        progress(file.Size);
    }

    // A server may not know ranges, or answer another one than was asked for.
    private static bool Continues(HttpResponseMessage response, long from, HubFile file) =>
        response.StatusCode switch
        {
            HttpStatusCode.PartialContent => response.Content.Headers.ContentRange is { From: { } start } range
                && start == from
                && (range.Length ?? file.Size) == file.Size,
            HttpStatusCode.OK => from == 0,
            _ => false,
        };

    private static void Restart(FileStream stream, IncrementalHash hash, HubFile file)
    {
        stream.SetLength(0);
        hash.GetHashAndReset();
        if (file.Etag.Length == 40)
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {file.Size}\0"));
    }

    // Returns why the answer ended; what came before that is kept.
    private async Task<string> Copy(
        HttpResponseMessage response,
        FileStream stream,
        IncrementalHash hash,
        HubFile file,
        byte[] buffer,
        Action<long> progress,
        CancellationToken stop
    )
    {
        const string Early = "the answer ended early.";
        var start = response.Content.Headers.ContentRange?.From ?? 0;
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable || start != stream.Length)
            return Early; // asked again from the start
        while (stream.Length <= file.Size)
        {
            int read;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
                limit.CancelAfter(options.Patience);
                var body = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false); // the same stream each time
                read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, file.Size - stream.Length + 1)), limit.Token)
                    .ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException or HttpRequestException)
            {
                return error.Message;
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return $"nothing came for {options.Patience.TotalSeconds:0} seconds.";
            }
            if (read == 0)
                return Early;
            await stream.WriteAsync(buffer.AsMemory(0, read), stop).ConfigureAwait(false);
            hash.AppendData(buffer, 0, read);
            progress(Math.Min(stream.Length, file.Size));
        }
        return Early;
    }
}
