using Lumen.Files;
using Lumen.Studio.Jobs;
using Lumen.Studio.Safety;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Lumen.Studio.Api;

/// <summary>Bodies of requests, and how faults are answered.</summary>
internal static class Body
{
    private const int Longest = 8 << 20;

    /// <summary>The JSON of a request as a type of ours.</summary>
    /// <exception cref="LimitException">It is too long.</exception>
    /// <exception cref="LumenException">It is no JSON, or does not fit; the place is named.</exception>
    public static async Task<T> Read<T>(HttpRequest request)
        where T : notnull
    {
        var bytes = await Bytes(request, Longest);
        return JsonFile.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes, "The request").As<T>(JobRequest.Strict);
    }

    /// <summary>The bytes of a request, whether or not it says how many there are.</summary>
    /// <param name="request">The request.</param>
    /// <param name="most">At most so many; reading ends with the first piece that is too much.</param>
    /// <exception cref="LimitException">There are more.</exception>
    public static async Task<byte[]> Bytes(HttpRequest request, int most)
    {
        if (request.ContentLength > most)
            throw TooLong();
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 14];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            if (bytes.Length + read > most)
                throw TooLong();
            bytes.Write(buffer, 0, read);
        }
        return bytes.ToArray();

        LimitException TooLong() => new($"The request has more than {most} bytes, the most that are accepted here.");
    }

    /// <summary>Says in the description of the API how an endpoint refuses.</summary>
    public static RouteHandlerBuilder Faults(this RouteHandlerBuilder builder) =>
        builder
            .Produces<ProblemDetails>(StatusCodes.Status400BadRequest, "application/problem+json")
            .Produces<ProblemDetails>(StatusCodes.Status403Forbidden, "application/problem+json")
            .Produces<ProblemDetails>(StatusCodes.Status404NotFound, "application/problem+json")
            .Produces<ProblemDetails>(StatusCodes.Status429TooManyRequests, "application/problem+json");
}
