using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Lumen.Studio.Safety;

/// <summary>Answers faults with a status and a sentence; what is nobody's fault is logged, and answered without its insides.</summary>
internal sealed partial class FaultAnswers(RequestDelegate next, StudioOptions options)
{
    /// <summary>Runs the rest, and answers what it throws.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Request.Path.StartsWithSegments("/api") && IsEmptyFault(context.Response))
                await Answer(context, context.Response.StatusCode, SentenceOf(context), "Input");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client has gone
        }
        catch (LumenException fault) when (!context.Response.HasStarted)
        {
            await Answer(context, StatusOf(fault), fault.Message, fault.Kind.ToString());
        }
        catch (BadHttpRequestException fault) when (!context.Response.HasStarted)
        {
            await Answer(context, fault.StatusCode == 413 ? 429 : fault.StatusCode, fault.Message, "Input");
        }
        catch (Exception fault) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            options.Log?.Invoke($"{context.Request.Method} {context.Request.Path} failed: {fault}");
            await Answer(context, 500, "This is a bug in Lumen; the log of the studio has its lines.", "Bug");
        }
    }

    // What the web server itself refuses: it sets a status and says nothing.
    private static bool IsEmptyFault(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentType: null } && response.ContentLength is null or 0;

    private static string SentenceOf(HttpContext context) =>
        context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => "There is nothing at this address; /openapi/v1.json lists what there is.",
            StatusCodes.Status405MethodNotAllowed =>
                $"{context.Request.Method} is not known at this address; /openapi/v1.json lists what is.",
            StatusCodes.Status415UnsupportedMediaType => "The content type is not one that this address takes; see /openapi/v1.json.",
            _ => "A value in the address is missing or cannot be used; see /openapi/v1.json.",
        };

    private static int StatusOf(LumenException fault) =>
        fault switch
        {
            LimitException => StatusCodes.Status429TooManyRequests,
            MissingException => StatusCodes.Status404NotFound,
            { Kind: LumenErrorKind.Disk or LumenErrorKind.Memory } => StatusCodes.Status507InsufficientStorage,
            { Kind: LumenErrorKind.File or LumenErrorKind.Device or LumenErrorKind.Network } => StatusCodes.Status500InternalServerError,
            _ => StatusCodes.Status400BadRequest,
        };

    private static Task Answer(HttpContext context, int status, string sentence, string title) =>
        Results.Problem(InNamesOfTheApi(sentence), statusCode: status, title: title).ExecuteAsync(context);

    // The library names its options as programs in .NET do: `NumInferenceSteps`.
    private static string InNamesOfTheApi(string sentence) =>
        Option().Replace(sentence, match => JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups[1].Value));

    [GeneratedRegex("`([A-Z][A-Za-z]+)`")]
    private static partial Regex Option();
}
