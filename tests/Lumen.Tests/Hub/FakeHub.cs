using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Lumen.Tests.Hub;

/// <summary>
/// A hub on this machine that answers like the real one, and misbehaves where it is told to. Large files are redirected to a second host,
/// as the real one does.
/// </summary>
internal sealed class FakeHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TcpListener _store = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<HubFaultPlan>> _plans = new(StringComparer.Ordinal);

    public FakeHub(string repository = "org/tiny")
    {
        Repository = repository;
        foreach (var listener in new[] { _listener, _store })
        {
            listener.Start();
            _ = Task.Run(() => Serve(listener));
        }
    }

    public string Repository { get; }

    /// <summary>Address of the hub.</summary>
    public Uri Endpoint => Of(_listener);

    /// <summary>Contents by path; those of .safetensors are large files.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Names in the list instead of those of <see cref="Files"/>; null for these.</summary>
    public string[]? Listed { get; set; }

    /// <summary>Every request: method, host and path, and its headers.</summary>
    public ConcurrentQueue<(string Line, Dictionary<string, string> Headers)> Requests { get; } = [];

    /// <summary>Bytes of a list without an end that were taken.</summary>
    public long EndlessBytes { get; private set; }

    /// <summary>Requests for contents.</summary>
    public IEnumerable<(string Line, Dictionary<string, string> Headers)> Downloads =>
        Requests.Where(request => request.Line.StartsWith("GET store", StringComparison.Ordinal));

    /// <summary>
    /// Misbehave the next times a path is asked for: <c>GET model.safetensors</c>, <c>HEAD model.safetensors</c>, <c>LIST</c>.
    /// </summary>
    public void Plan(string what, params HubFaultPlan[] plans)
    {
        var queue = _plans.GetOrAdd(what, _ => []);
        foreach (var plan in plans)
            queue.Enqueue(plan);
    }

    /// <summary>Ends it; calling it twice does no harm.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _store.Dispose();
        _stop.Cancel();
    }

    private static Uri Of(TcpListener listener) => new($"http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}");

    private async Task Serve(TcpListener listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync(_stop.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => Answer(client, listener == _store ? "store" : "hub"));
        }
    }

    private async Task Answer(TcpClient client, string host)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                await using var stream = client.GetStream();
                if (await ReadRequest(stream) is not var (method, path, headers))
                    return;
                Requests.Enqueue(($"{method} {host} {path}", headers));
                await (
                    path.StartsWith("/api/", StringComparison.Ordinal)
                        ? List(stream, path)
                        : Content(stream, method, host, Uri.UnescapeDataString(path), headers)
                );
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // The other side went away.
        }
    }

    private static async Task<(string Method, string Path, Dictionary<string, string> Headers)?> ReadRequest(NetworkStream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
                return null;
            text.Append((char)one[0]);
        }
        var lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        return (lines[0].Split(' ')[0], lines[0].Split(' ')[1], headers);
    }

    private async Task List(NetworkStream stream, string path)
    {
        var plan = Next("LIST");
        if (plan is { Status: not 0 })
        {
            await Reply(stream, plan.Status, plan.Headers);
            return;
        }
        if (plan?.Content is { } content)
        {
            await (
                plan.IsEndless
                    ? stream.WriteAsync("HTTP/1.1 200 -\r\nConnection: close\r\n\r\n"u8.ToArray()).AsTask()
                    : Reply(stream, 200, [], content, content.Length)
            );
            for (; plan.IsEndless && !_stop.IsCancellationRequested; EndlessBytes += content.Length)
                await stream.WriteAsync(content);
            return;
        }
        if (!path.StartsWith($"/api/models/{Repository}/revision/", StringComparison.Ordinal))
        {
            await Reply(stream, 404, ["X-Error-Code: RepoNotFound"]);
            return;
        }
        if (path.EndsWith("/gone", StringComparison.Ordinal))
        {
            await Reply(stream, 404, ["X-Error-Code: RevisionNotFound"]);
            return;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                id = Repository,
                sha = Commit,
                siblings = (Listed ?? [.. Files.Keys]).Select(name => new { rfilename = name }),
            }
        );
        await Reply(stream, 200, [], json, json.Length);
    }

    private async Task Content(NetworkStream stream, string method, string host, string path, Dictionary<string, string> headers)
    {
        var start = $"/{Repository}/resolve/{Commit}/";
        var name =
            host == "store" ? path[1..]
            : path.StartsWith(start, StringComparison.Ordinal) ? path[start.Length..]
            : "";
        if (!Files.TryGetValue(name, out var content))
        {
            await Reply(stream, 404, ["X-Error-Code: EntryNotFound"]);
            return;
        }
        var isLarge = name.EndsWith(".safetensors", StringComparison.Ordinal);
        var etag = isLarge ? Convert.ToHexStringLower(SHA256.HashData(content)) : GitHash(content);
        if (host == "hub" && (method == "HEAD" || isLarge))
        {
            var plan = Next($"HEAD {name}", method == "HEAD");
            if (plan is { Status: not 0 })
            {
                await Reply(stream, plan.Status, plan.Headers);
                return;
            }
            (etag, var size) = (plan?.Etag ?? etag, plan?.Size ?? content.Length);
            if (isLarge)
                await Reply(
                    stream,
                    302,
                    [
                        $"Location: {plan?.Location ?? new Uri(Of(_store), "/" + name).ToString()}",
                        $"X-Linked-Etag: \"{etag}\"",
                        $"X-Linked-Size: {size}",
                    ]
                );
            else
                await Reply(stream, 200, [$"ETag: \"{etag}\""], default, size);
            return;
        }
        await Send(stream, name, content, headers);
    }

    private async Task Send(NetworkStream stream, string name, byte[] content, Dictionary<string, string> headers)
    {
        var plan = Next($"GET {name}") ?? new HubFaultPlan();
        if (plan.Status != 0)
        {
            await Reply(stream, plan.Status, plan.Headers);
            return;
        }
        var body = plan.Content ?? content;
        var from =
            headers.TryGetValue("Range", out var range) && !plan.IgnoresRange
                ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
                : 0;
        if (from > body.Length)
        {
            await Reply(stream, 416, []);
            return;
        }
        var rest = body[from..];
        string[] more = from > 0 ? [$"Content-Range: bytes {from + plan.RangeShift}-{body.Length - 1}/{body.Length}"] : [];
        await Reply(
            stream,
            from > 0 ? 206 : 200,
            more,
            rest.AsMemory(0, Math.Min(rest.Length, plan.DropAfter ?? rest.Length)),
            plan.Announced ?? rest.Length
        );
        if (plan.StallsFor > TimeSpan.Zero)
            await Task.Delay(plan.StallsFor, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private HubFaultPlan? Next(string what, bool takes = true) =>
        takes && _plans.TryGetValue(what, out var queue) && queue.TryDequeue(out var plan) ? plan : null;

    private static async Task Reply(
        NetworkStream stream,
        int status,
        IEnumerable<string> headers,
        ReadOnlyMemory<byte> body = default,
        long length = 0
    )
    {
        var head =
            $"HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: "
            + $"{length}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        await stream.WriteAsync(body);
        await stream.FlushAsync();
    }

    private static string GitHash(byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
