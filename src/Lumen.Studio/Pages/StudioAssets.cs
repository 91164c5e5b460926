using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lumen.Studio.Pages;

/// <summary>The page's files, which are resources of the assembly: found wherever the program runs, and no folder is served.</summary>
internal static class StudioAssets
{
    private static readonly (string Path, string Resource, string Type)[] Files =
    [
        ("/_framework/blazor.web.js", "blazor.web.js", "text/javascript"),
        ("/studio.js", "studio.js", "text/javascript"),
        ("/studio.css", "studio.css", "text/css"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
    ];

    private static readonly FrozenDictionary<string, string> Versions = Files.ToFrozenDictionary(
        file => file.Path,
        file => Convert.ToHexStringLower(SHA256.HashData(Content(file.Resource)))[..12]
    );

    /// <summary>The address of a file, which changes with its content.</summary>
    public static string Url(string path) => $"{path}?v={Versions[path]}";

    /// <summary>Serves them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, resource, type) in Files)
        {
            var content = Content(resource);
            routes
                .MapGet(
                    path,
                    (HttpResponse response) =>
                    {
                        response.Headers.CacheControl = "private, max-age=604800";
                        return Results.Bytes(content, type);
                    }
                )
                .ExcludeFromDescription();
        }
    }

    private static byte[] Content(string resource)
    {
        using var stream = typeof(StudioAssets).Assembly.GetManifestResourceStream($"Lumen.Studio.Assets.{resource}")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
