using Lumen.Files;
using Lumen.Studio.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Lumen.Studio.Api;

/// <summary>Bodies of requests, and how faults are answered.</summary>
internal static class Body
{
    private const int Longest = 8 << 20;

    /// <summary>The JSON of a request as a type of ours.</summary>
    /// <exception cref="LumenException">It is no JSON, or does not fit; the place is named.</exception>
    public static async Task<T> Read<T>(HttpRequest request)
        where T : notnull
    {
        if (request.ContentLength > Longest)
            throw new LumenException(LumenErrorKind.Format, $"The request has more than {Longest} bytes.");
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, request.HttpContext.RequestAborted);
        return JsonFile.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes.ToArray(), "The request").As<T>(JobRequest.Strict);
    }

    /// <summary>Says in the description of the API how an endpoint refuses.</summary>
    public static RouteHandlerBuilder Faults(this RouteHandlerBuilder builder) =>
        builder
            .Produces<ProblemDetails>(StatusCodes.Status400BadRequest, "application/problem+json")
            .Produces<ProblemDetails>(StatusCodes.Status403Forbidden, "application/problem+json")
            .Produces<ProblemDetails>(StatusCodes.Status404NotFound, "application/problem+json")
            .Produces<ProblemDetails>(StatusCodes.Status429TooManyRequests, "application/problem+json");
}
