using Lumen.Extensions.AI;
using Lumen.Imaging;

namespace Lumen.Samples;

/// <summary>
/// A picture over HTTP: <c>dotnet run --project samples/GenerateEndpoint -- --Lumen:Model models/street-tiny</c>, then <c>curl
/// --data-binary @street.png 'http://localhost:5000/pictures?prompt=a+street+at+night' -o night.png</c>. A client that goes away ends its
/// work before the next call of a network.
/// </summary>
public static class GenerateEndpoint
{
    /// <summary>Serves until it is stopped.</summary>
    public static Task Main(string[] args) => Build(args).RunAsync();

    /// <summary>The application, not yet started.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.Configure<LumenServiceOptions>(builder.Configuration.GetSection("Lumen"));
        builder.Services.AddLumen();
        var app = builder.Build();
        app.MapPost("/pictures", Generate);
        return app;

        async Task<IResult> Generate(HttpContext context, LumenService service, string prompt, ulong? seed, int? steps)
        {
            var stop = context.RequestAborted;
            try
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, stop);
                var request = new LumenRequest(prompt) { Reference = Picture.Decode(body.ToArray()) };
                var options = service.Generation with { Count = 1, Seed = seed ?? 1 };
                if (steps is { } given)
                    options = options with { NumInferenceSteps = given };
                var lumen = await service.OpenAsync(stop);
                var pictures = lumen.GenerateAsync(request, options, stop: stop);
                app.Logger.LogInformation("Generating");
                await foreach (var picture in pictures)
                    return Results.Bytes(picture.ToPng(), "image/png");
                return Results.NoContent();
            }
            catch (LumenException fault)
            {
                var isCallers = fault.Kind is LumenErrorKind.Option or LumenErrorKind.Format or LumenErrorKind.Input;
                return Results.Problem(fault.Message, statusCode: isCallers ? 400 : 500, title: fault.Kind.ToString());
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                app.Logger.LogInformation("The client went away: stopped");
                return Results.Empty;
            }
        }
    }
}
