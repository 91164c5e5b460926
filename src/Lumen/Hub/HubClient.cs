using System.Net;
using System.Net.Http.Headers;

namespace Lumen.Hub;

/// <summary>
/// The few requests that a download needs. Transient answers are repeated with pauses; redirects are followed by hand, so that the token
/// never leaves the hub's own host.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int Attempts = 5;
    private const int MostRedirects = 5;
    private const long LargestFile = 1L << 44;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private readonly HubOptions _options;
    private readonly HttpClient _http;

    public HubClient(HubOptions options)
    {
        options.Validate();
        _options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !options.Endpoint.IsLoopback,
            ConnectTimeout = options.Patience,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(HubOptions.Agent);
    }

    /// <summary>The commit that a revision stands for and the paths of its files, or why the hub does not give it.</summary>
    public async Task<HubListing> List(HubId id, CancellationToken stop)
    {
        var address = _options.Address($"api/models/{id.Repository}/revision/{Uri.EscapeDataString(id.Revision)}");
        using var response = await Asked(address, id, stop).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
            return new HubListing("", [], Refused(response, id, "model"));
        using var limit = Limit(stop);
        try
        {
            return await HubList.Read(response, id, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            var reason =
                error is OperationCanceledException ? $"it is not whole after {_options.Patience.TotalSeconds:0} seconds." : error.Message;
            throw new LumenException(
                $"The hub's list of the files of {id} cannot be read: {reason} Try again later, or another `Endpoint`.",
                error
            );
        }
    }

    private async Task<HttpResponseMessage> Asked(Uri address, HubId id, CancellationToken stop)
    {
        for (var hop = 0; hop < MostRedirects; hop++)
        {
            var response = await Send(() => new HttpRequestMessage(HttpMethod.Get, address), id, "model", stop).ConfigureAwait(false);
            if (!IsRedirect(response))
                return response;
            using (response)
                address = Follow(address, response, id, "its list"); // a repository that has another name now
        }
        throw HubFault.Tricked(id, "its list is redirected without end");
    }

    /// <summary>Size and hash of one file.</summary>
    public async Task<HubFile> Head(HubId id, string commit, string path, CancellationToken stop)
    {
        var address = Address(id, commit, path);
        for (var hop = 0; hop < MostRedirects; hop++)
        {
            using var response = await Send(() => Request(HttpMethod.Head, address), id, path, stop).ConfigureAwait(false);
            if (!IsRedirect(response) && response.StatusCode != HttpStatusCode.OK)
                throw Refused(response, id, path);
            var linked = Header(response, "X-Linked-Etag");
            if (linked is null && IsRedirect(response))
            {
                address = Follow(address, response, id, path); // a repository that has another name now
                continue;
            }
            var etag = (linked ?? response.Headers.ETag?.Tag ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"');
            if (etag.Length is not (40 or 64) || !etag.All(char.IsAsciiHexDigitLower))
                throw HubFault.Tricked(id, $"the hash of {path} is none");
            var announced = Header(response, "X-Linked-Size") ?? response.Content.Headers.ContentLength?.ToString();
            return long.TryParse(announced, out var size) && size is >= 0 and <= LargestFile
                ? new HubFile(path, size, etag)
                : throw HubFault.Tricked(id, $"the size of {path} is none");
        }
        throw HubFault.Tricked(id, $"{path} is redirected without end");
    }

    /// <summary>
    /// The content of a file from a byte on. The answer may also be the whole file (200) or a refusal of the range (416).
    /// </summary>
    public async Task<HttpResponseMessage> Get(HubId id, string commit, string path, long from, CancellationToken stop)
    {
        var address = Address(id, commit, path);
        for (var hop = 0; hop < MostRedirects; hop++)
        {
            var response = await Send(() => Ranged(Request(HttpMethod.Get, address), from), id, path, stop).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
                return response;
            using (response)
            {
                if (!IsRedirect(response))
                    throw Refused(response, id, path);
                address = Follow(address, response, id, path);
            }
        }
        throw HubFault.Tricked(id, $"{path} is redirected without end");
    }

    public void Dispose() => _http.Dispose();

    private static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is >= 300 and < 400;

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private static HttpRequestMessage Ranged(HttpRequestMessage request, long from)
    {
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);
        return request;
    }

    private Uri Address(HubId id, string commit, string path) =>
        _options.Address($"{id.Repository}/resolve/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    private Uri Follow(Uri from, HttpResponseMessage response, HubId id, string path)
    {
        if (response.Headers.Location is not { } location)
            throw HubFault.Tricked(id, $"{path} is redirected to nowhere");
        if (!Uri.TryCreate(from, location, out var target))
            throw HubFault.Tricked(id, $"{path} is redirected to something that is no address");
        if (target.Scheme != "https" && (target.Scheme != "http" || from.Scheme != "http"))
            throw HubFault.Tricked(id, $"{path} is redirected to an address that is not safe");
        return IsPlain(target) ? target : throw HubFault.Tricked(id, $"{path} is redirected to something that is no address");
    }

    // The parts of an address are taken apart when they are asked for, and not before.
    private static bool IsPlain(Uri address)
    {
        try
        {
            return address is { IsAbsoluteUri: true, UserInfo.Length: 0, IdnHost.Length: > 0, PathAndQuery.Length: > 0, Port: > 0 };
        }
        catch (Exception odd) when (odd is UriFormatException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, Uri address)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.AcceptEncoding.ParseAdd("identity"); // sizes are those of the file
        return request;
    }

    private CancellationTokenSource Limit(CancellationToken stop)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_options.Patience);
        return limit;
    }

    private async Task<HttpResponseMessage> Send(Func<HttpRequestMessage> make, HubId id, string what, CancellationToken stop)
    {
        if (_options.IsOffline)
            throw new LumenException(
                LumenErrorKind.Network,
                $"{id} is not in the hub's cache, and connections are switched off (`IsOffline` or HF_HUB_OFFLINE)."
            );
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan? asked = null;
            string reason;
            try
            {
                using var limit = Limit(stop);
                using var request = make();
                // Same host only, and never in the open but to this machine.
                var isOwn =
                    request.RequestUri!.Authority == _options.Endpoint.Authority && request.RequestUri.Scheme == _options.Endpoint.Scheme;
                if (_options.Token is { } token && isOwn && (request.RequestUri.Scheme == "https" || request.RequestUri.IsLoopback))
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
                if ((int)response.StatusCode is not (408 or 429 or 500 or 502 or 503 or 504))
                    return response;
                using (response)
                {
                    asked = PauseAsked(response);
                    if (asked > LongestPause || (attempt == Attempts && response.StatusCode == HttpStatusCode.TooManyRequests))
                        throw HubFault.Busy(id, asked ?? TimeSpan.FromMinutes(1));
                    if (attempt == Attempts)
                        throw Refused(response, id, what);
                    reason = "";
                }
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException && !stop.IsCancellationRequested)
            {
                reason = error is HttpRequestException ? error.Message : $"no answer for {_options.Patience.TotalSeconds:0} seconds.";
            }
            if (attempt == Attempts)
                throw HubFault.Unreachable(id, _options, reason);
            await _options.Pause(asked ?? TimeSpan.FromSeconds(1 << (attempt - 1)), stop).ConfigureAwait(false);
        }
    }

    private LumenException Refused(HttpResponseMessage response, HubId id, string what) =>
        HubFault.Refused(response.StatusCode, Header(response, "X-Error-Code"), id, what, _options);

    private static TimeSpan? PauseAsked(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - DateTimeOffset.UtcNow is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero,
            _ => null,
        };
}
