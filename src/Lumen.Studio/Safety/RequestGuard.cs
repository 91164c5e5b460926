using Microsoft.AspNetCore.Http;

namespace Lumen.Studio.Safety;

/// <summary>
/// What every request must pass before anything else looks at it: a known <c>Host</c>, an own <c>Origin</c>, the token where others reach
/// the studio, and for what changes something a content type that no form can send and a token that no other origin can read.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next, StudioAccess access)
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; "
        + "font-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    /// <summary>Lets a request pass, or answers it.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XFrameOptions = "DENY";

        if (!access.Knows(request.Host))
            return Refuse(
                context,
                StatusCodes.Status403Forbidden,
                $"The host \"{request.Host.Host}\" is not one of this studio: open it by the address that it printed."
            );
        if (request.Headers.Origin is { Count: > 0 } origins && !origins.All(IsOwn))
            return Refuse(context, StatusCodes.Status403Forbidden, "Pages of other origins may not use this studio.");
        var isReading = Reading.Contains(request.Method);
        var isApi = request.Path.StartsWithSegments("/api");
        if (request.Headers["Sec-Fetch-Site"] == "cross-site" && (!isReading || isApi))
            return Refuse(context, StatusCodes.Status403Forbidden, "Pages of other origins may not use this studio.");

        var hasApiToken = access.HasApiToken(request);
        if (!access.IsLoopback && !hasApiToken && !access.HasCookie(request))
            return Enter(context);
        if (isReading || !isApi)
            return next(context);

        if (!hasApiToken && !access.HasAntiForgeryToken(request))
            return Refuse(
                context,
                StatusCodes.Status403Forbidden,
                $"A call that changes something needs a token. Read it at /api/session and send it as {StudioAccess.TokenHeader}, or send "
                    + "the token that the studio printed as Authorization: Bearer."
            );
        if (!HttpMethods.IsDelete(request.Method) && !IsAllowed(request.ContentType))
            return Refuse(
                context,
                StatusCodes.Status415UnsupportedMediaType,
                "The content type must be application/json, or for a picture image/png, image/jpeg, image/webp or image/tiff."
            );
        return next(context);

        bool IsOwn(string? origin) => origin is not null && access.IsOwn(origin, request.Host.Port ?? 80);
    }

    private static bool IsAllowed(string? type) =>
        type?.Split(';')[0].Trim().ToLowerInvariant() is "application/json" or "image/png" or "image/jpeg" or "image/webp" or "image/tiff";

    // A person opens the address with the token once; the cookie is sent to this origin only, and no script reads it.
    private Task Enter(HttpContext context)
    {
        if (
            HttpMethods.IsGet(context.Request.Method)
            && context.Request.Path == "/"
            && context.Request.Query["token"].ToString() is { Length: > 0 } token
            && access.IsApiToken(token)
        )
        {
            context.Response.Cookies.Append(
                StudioAccess.TokenCookie,
                token,
                new CookieOptions
                {
                    HttpOnly = true,
                    SameSite = SameSiteMode.Strict,
                    IsEssential = true,
                }
            );
            context.Response.Redirect("/");
            return Task.CompletedTask;
        }
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Refuse(
            context,
            StatusCodes.Status401Unauthorized,
            "This studio needs its token: open the address that it printed when it was started, or send Authorization: Bearer."
        );
    }

    private static Task Refuse(HttpContext context, int status, string sentence) =>
        Results.Problem(sentence, statusCode: status).ExecuteAsync(context);
}
