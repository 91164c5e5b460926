using Lumen.Hub;

namespace Lumen.Cli;

/// <summary>Where the hub's own tools say that its cache, its token and its mirror are.</summary>
internal static class HubEnvironment
{
    /// <summary>Reads the variables that the hub's own tools read.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    /// <exception cref="LumenException">A variable cannot be used.</exception>
    public static HubOptions Read(Func<string, string?> variable)
    {
        var home =
            Folder("HF_HOME")
            ?? Path.Combine(
                Folder("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                "huggingface"
            );
        return new HubOptions
        {
            CacheFolder = Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Endpoint = Value("HF_ENDPOINT") is { } endpoint ? Endpoint(endpoint, "HF_ENDPOINT") : HubOptions.DefaultEndpoint,
            IsOffline = Value("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
            Token =
                Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN") ?? FromFile(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token")),
        };

        string? Value(string name) => variable(name)?.Trim() is { Length: > 0 } value ? value : null;

        string? Folder(string name) =>
            Value(name) is not { } path ? null
            : path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
                ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
            : path;
    }

    /// <summary>The options of this process.</summary>
    public static HubOptions Read() => Read(Environment.GetEnvironmentVariable);

    /// <summary>An address that was given.</summary>
    /// <param name="text">The address.</param>
    /// <param name="name">What it was given as.</param>
    /// <exception cref="LumenException">It is no address.</exception>
    public static Uri Endpoint(string text, string name) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new LumenException(
                $"{name} must be the address of the hub or of a mirror, such as {HubOptions.DefaultEndpoint.OriginalString}, but is "
                    + $"\"{text}\"."
            );

    private static string? FromFile(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // as without a token: most models need none, and the hub says so where one does
        }
    }
}
