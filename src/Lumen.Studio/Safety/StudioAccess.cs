using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Lumen.Studio.Safety;

/// <summary>Who may do what: the hosts that requests may name, and the two tokens.</summary>
internal sealed class StudioAccess
{
    /// <summary>Header of the anti-forgery token.</summary>
    public const string TokenHeader = "X-Lumen-Token";

    /// <summary>Cookie that holds the API token once a person has opened the page with it.</summary>
    public const string TokenCookie = "lumen-studio-token";

    private const int LeastLetters = 16;
    private readonly HashSet<string> _hosts;

    /// <param name="options">What the studio is started with.</param>
    /// <exception cref="LumenException">The address cannot be listened at, or the token is too short.</exception>
    public StudioAccess(StudioOptions options)
    {
        var listen = options.Listen.Trim('[', ']');
        var kind = Uri.CheckHostName(listen);
        if (listen != "localhost" && kind is not (UriHostNameType.IPv4 or UriHostNameType.IPv6))
            throw new LumenException(
                LumenErrorKind.Option,
                $"`Listen` must be an IP address of this machine or localhost but is \"{options.Listen}\"."
            );
        if (listen is "0.0.0.0" or "::" or "0:0:0:0:0:0:0:0")
            throw new LumenException(
                LumenErrorKind.Option,
                $"`Listen` must be the address by which others reach this machine but is {listen}, which stands for all of them: requests "
                    + "must name the address they mean, or any page of the web could speak to the studio (DNS rebinding)."
            );
        if (options.Port is < 0 or > 65535)
            throw new LumenException(LumenErrorKind.Option, $"`Port` must be 0 to 65535 but is {options.Port}.");
        if (options.Token is { Length: < LeastLetters })
            throw new LumenException(
                LumenErrorKind.Option,
                $"`Token` must have at least {LeastLetters} characters but has {options.Token.Length}."
            );
        Address = kind == UriHostNameType.IPv6 ? $"[{listen}]" : listen;
        IsLoopback =
            listen is "localhost" or "::1" || (kind == UriHostNameType.IPv4 && listen.StartsWith("127.", StringComparison.Ordinal));
        _hosts = new(["localhost", "127.0.0.1", "[::1]", Address], StringComparer.OrdinalIgnoreCase);
        ApiToken = options.Token ?? NewToken();
    }

    /// <summary>The address to listen at, as it stands in an URL.</summary>
    public string Address { get; }

    /// <summary>Whether only this machine reaches the studio.</summary>
    public bool IsLoopback { get; }

    /// <summary>What programs send as <c>Authorization: Bearer</c>.</summary>
    public string ApiToken { get; }

    /// <summary>
    /// What a page of this origin reads at <c>/api/session</c> and sends back with every call that changes something; no other origin can
    /// read it.
    /// </summary>
    public string AntiForgeryToken { get; } = NewToken();

    /// <summary>Whether a <c>Host</c> header names this studio.</summary>
    public bool Knows(HostString host) => host.HasValue && _hosts.Contains(host.Host);

    /// <summary>Whether an <c>Origin</c> header is this studio's page.</summary>
    /// <param name="origin">The header.</param>
    /// <param name="port">The port that the request came in at.</param>
    public bool IsOwn(string origin, int port) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && uri.Scheme == Uri.UriSchemeHttp
        && uri.Port == port
        && origin == uri.GetLeftPart(UriPartial.Authority)
        && _hosts.Contains(uri.Host);

    /// <summary>Whether a request holds the API token.</summary>
    public bool HasApiToken(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { Length: > 7 } header
        && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
        && IsApiToken(header[7..].Trim());

    /// <summary>Whether a request holds the API token as the cookie of a page.</summary>
    public bool HasCookie(HttpRequest request) => request.Cookies[TokenCookie] is { } token && IsApiToken(token);

    /// <summary>Whether a request holds the anti-forgery token.</summary>
    public bool HasAntiForgeryToken(HttpRequest request) => Same(request.Headers[TokenHeader].ToString(), AntiForgeryToken);

    /// <summary>Whether a text is the API token; takes as long whatever it is.</summary>
    public bool IsApiToken(string token) => Same(token, ApiToken);

    private static bool Same(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(given)),
            SHA256.HashData(Encoding.UTF8.GetBytes(expected))
        );

    private static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
}
