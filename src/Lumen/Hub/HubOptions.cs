namespace Lumen.Hub;

/// <summary>How the hub is reached and where its files go. Nothing here is read from the environment; the command line does that.</summary>
public sealed record HubOptions
{
    /// <summary>The hub itself.</summary>
    public static readonly Uri DefaultEndpoint = new("https://huggingface.co");

    /// <summary>The hub, or a mirror of it.</summary>
    public Uri Endpoint { get; init; } = DefaultEndpoint;

    /// <summary>Folder of the cache.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>
    /// Secret that opens gated and private models; null for none. It goes to <see cref="Endpoint"/> only, and into no message.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>True forbids every connection.</summary>
    public bool IsOffline { get; init; }

    /// <summary>How long a connection may stay silent.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How pauses between attempts are made.</summary>
    public Func<TimeSpan, CancellationToken, Task> Pause { get; init; } = Task.Delay;

    /// <summary>The tool that the hub's records should show.</summary>
    internal const string Agent = "lumen";

    /// <summary>An address below the endpoint, which may have a path of its own.</summary>
    internal Uri Address(string path) => new($"{Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    /// <exception cref="LumenException">A value cannot be used.</exception>
    public void Validate()
    {
        if (
            !Endpoint.IsAbsoluteUri
            || Endpoint.Scheme is not ("http" or "https")
            || Endpoint.UserInfo.Length > 0
            || Endpoint.Query.Length > 0
        )
            throw new LumenException(
                LumenErrorKind.Option,
                $"The hub's endpoint must be an address such as {DefaultEndpoint.OriginalString}, without a user name or a question mark."
            );
        if (Token is { } token && (token.Length == 0 || token.Any(letter => letter is <= ' ' or > '~')))
            throw new LumenException(
                LumenErrorKind.Option,
                "The hub's token is empty or holds characters that no token has. Set HF_TOKEN to the token alone."
            );
    }

    public override string ToString() => $"{Endpoint} {CacheFolder}"; // without the token
}
