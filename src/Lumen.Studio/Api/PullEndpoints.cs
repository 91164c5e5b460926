using System.ComponentModel;
using Lumen.Studio.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lumen.Studio.Api;

/// <summary>Models of the hub over HTTP: fetch one, and what one in the cache is.</summary>
internal sealed class PullEndpoints(StudioService studio)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/api/models").WithTags("model");
        models
            .MapPost("/pulls", Start)
            .Accepts<PullBody>("application/json")
            .Produces<ModelPull>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Fetch a model from the hub into its cache, one at a time; the studio can be started with it afterwards.");
        models
            .MapGet("/pulls", () => studio.Pulls.Last is { } last ? Results.Ok(last) : Results.NoContent())
            .Produces<ModelPull>()
            .WithSummary("The model that is being fetched, or the last one.");
        models
            .MapDelete(
                "/pulls",
                () =>
                {
                    studio.Pulls.Stop();
                    return Results.NoContent();
                }
            )
            .WithSummary("Stop fetching; what has come is kept for the next time.");
        models
            .MapGet("/info", (string id) => studio.Pulls.Inspect(id))
            .Faults()
            .WithSummary("What a model in the hub's cache is: parts, parameters, types, licence.");
    }

    private async Task<IResult> Start(HttpRequest request)
    {
        var body = await Body.Read<PullBody>(request);
        return Results.Created("/api/models/pulls", studio.Pulls.Start(body.Id, body.Variant));
    }
}

/// <summary>What is asked of <c>POST /api/models/pulls</c>.</summary>
internal sealed record PullBody(
    [property: Description("ORG/NAME or ORG/NAME@REVISION.")] string Id,
    [property: Description("Form of the weights that is preferred, such as fp16.")] string? Variant = null
);
