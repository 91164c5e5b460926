using Microsoft.AspNetCore.Http;

namespace Lumen.Studio.Safety;

/// <summary>Answers faults with a status and a sentence; what is nobody's fault is logged, and answered without its insides.</summary>
internal sealed class FaultAnswers(RequestDelegate next, StudioOptions options)
{
    /// <summary>Runs the rest, and answers what it throws.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
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
        Results.Problem(sentence, statusCode: status, title: title).ExecuteAsync(context);
}
