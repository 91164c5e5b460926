using Lumen.Studio.Storage;
using Microsoft.AspNetCore.Http;

namespace Lumen.Studio.Api;

/// <summary>Who a request comes from, for the fair order: the header <c>X-Lumen-Client</c>, or the cookie of the page.</summary>
internal static class Client
{
    public const string Header = "X-Lumen-Client";
    public const string Cookie = "lumen-studio-client";
    private const int Longest = 64;

    /// <summary>The name; programs that give none are one client.</summary>
    public static string Of(HttpRequest request) =>
        Plain(request.Headers[Header].ToString()) ?? Plain(request.Cookies[Cookie]) ?? "program";

    /// <summary>The name of a page, which is given one if it has none.</summary>
    public static string OfPage(HttpContext context)
    {
        if (Plain(context.Request.Cookies[Cookie]) is { } known)
            return known;
        var made = GalleryFolder.NewId();
        if (!context.Response.HasStarted)
            context.Response.Cookies.Append(
                Cookie,
                made,
                new CookieOptions
                {
                    HttpOnly = true,
                    SameSite = SameSiteMode.Strict,
                    MaxAge = TimeSpan.FromDays(365),
                    IsEssential = true,
                }
            );
        return made;
    }

    private static string? Plain(string? name) =>
        name is { Length: > 0 and <= Longest } && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? name
            : null;
}
