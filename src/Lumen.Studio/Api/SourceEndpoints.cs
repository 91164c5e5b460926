using Lumen.Layouts;
using Lumen.Studio.Safety;
using Lumen.Studio.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lumen.Studio.Api;

/// <summary>The model, references and layouts.</summary>
internal sealed class SourceEndpoints(StudioService studio, StudioAccess access)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api");
        api.MapGet("/session", () => new SessionView(access.AntiForgeryToken, ModelView.Of(studio.Model), studio.Limits))
            .WithTags("session")
            .WithSummary("The anti-forgery token, the model and the bounds of requests.");
        api.MapGet("/model", () => ModelView.Of(studio.Model)).WithTags("model").WithSummary("What the studio has open.");
        api.MapGet("/model/reports", () => studio.Model.Reports())
            .WithTags("model")
            .WithSummary("What the files of the model and of its adapter are: parts, parameters, types, licence.");
        api.MapPost(
                "/prompts",
                async (HttpRequest request) => new WarningsView(studio.PromptWarnings((await Body.Read<PromptBody>(request)).Prompt))
            )
            .Accepts<PromptBody>("application/json")
            .Produces<WarningsView>()
            .WithTags("model")
            .WithSummary("What about a prompt will not do what its author means.");
        api.MapPost(
                "/settings",
                async (HttpRequest request) =>
                    SettingsView.Of(await studio.ReadSettings(request.Body, Stop(request))) ?? new(null, null, null)
            )
            .Accepts<byte[]>("image/png")
            .Faults()
            .WithTags("history")
            .WithSummary(
                "The settings in a PNG of Lumen, a picture or the sheet of a grid, or of AUTOMATIC1111's web UI. The picture is not kept."
            );

        var references = api.MapGroup("/references").WithTags("references");
        references
            .MapPost("", AddReference)
            .Accepts<byte[]>("image/png", "image/jpeg", "image/webp", "image/tiff")
            .Produces<SourceView>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Keep a picture to generate from. The body is the file.");
        references.MapGet("", () => studio.Store.Sources("reference").Select(SourceView.Of).ToList());
        references.MapGet("/{id}", (string id) => SourceView.Of(Found("reference", id))).Faults();
        references
            .MapGet(
                "/{id}/file",
                (string id, HttpResponse response) => File(response, GalleryFolder.NameReference(Found("reference", id).Id), "image/png")
            )
            .Produces(200, contentType: "image/png")
            .Faults();

        references
            .MapGet(
                "/{id}/warnings",
                async (string id, CancellationToken stop) => new WarningsView(await studio.ReferenceWarnings(Found("reference", id), stop))
            )
            .Produces<WarningsView>()
            .Faults()
            .WithSummary("Whether a reference is of another kind than the model's own pictures, so that its layout says little.");

        var layouts = api.MapGroup("/layouts").WithTags("layouts");
        layouts
            .MapPost("", Extract)
            .Accepts<LayoutBody>("application/json")
            .Produces<SourceView>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Read the layout of a reference. It stops when the client goes away.");
        layouts.MapGet("", () => studio.Store.Sources("layout").Select(SourceView.Of).ToList());
        layouts.MapGet("/{id}", (string id) => SourceView.Of(Found("layout", id))).Faults();
        layouts
            .MapGet(
                "/{id}/file",
                (string id, HttpResponse response) =>
                    File(response, GalleryFolder.NameLayout(Found("layout", id).Id), "application/octet-stream")
            )
            .Faults()
            .WithSummary("The layout as a safetensors file.");
        layouts
            .MapGet("/{id}/rgb", Rgb)
            .Produces(200, contentType: "image/png")
            .Faults()
            .WithSummary("Components 1 to 3 as red, green and blue.");
        layouts
            .MapGet("/{id}/components/{number:int}", Component)
            .Produces(200, contentType: "image/png")
            .Faults()
            .WithSummary("One component: blue negative, light grey zero, red positive.");
        layouts
            .MapPost("/{id}/edits", Edit)
            .Accepts<EditBody>("application/json")
            .Produces<SourceView>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Edit a layout. The result is a layout of its own; the first one stays.");
    }

    private async Task<IResult> AddReference(HttpRequest request, string? name = null)
    {
        var (source, settings) = await studio.AddReference(request.Body, name, Stop(request));
        return Results.Created($"/api/references/{source.Id}", SourceView.Of(source) with { Settings = SettingsView.Of(settings) });
    }

    private async Task<IResult> Extract(HttpRequest request)
    {
        var body = await Body.Read<LayoutBody>(request);
        var layout = await studio.ExtractLayout(body.Reference, Stop(request));
        return Results.Created($"/api/layouts/{layout.Id}", SourceView.Of(layout));
    }

    private async Task<IResult> Edit(string id, HttpRequest request)
    {
        var edited = studio.EditLayout(id, await Body.Read<EditBody>(request));
        return Results.Created($"/api/layouts/{edited.Id}", SourceView.Of(edited));
    }

    private IResult Component(string id, int number, HttpResponse response)
    {
        using var layout = studio.LayoutOf(Found("layout", id));
        return number >= 1 && number <= layout.Components
            ? Drawn(response, LayoutDrawing.Component(layout, number))
            : throw new MissingException($"The layout has the components 1 to {layout.Components}.");
    }

    private IResult Rgb(string id, HttpResponse response)
    {
        using var layout = studio.LayoutOf(Found("layout", id));
        return Drawn(response, LayoutDrawing.Rgb(layout));
    }

    private static IResult Drawn(HttpResponse response, Imaging.Picture picture)
    {
        response.Headers.CacheControl = "private, max-age=31536000, immutable";
        return Results.Bytes(picture.ToPng(), "image/png");
    }

    private IResult File(HttpResponse response, string name, string type)
    {
        response.Headers.CacheControl = "private, max-age=31536000, immutable";
        return Results.File(studio.Store.Folder.PathOf(name), type);
    }

    private StoredSource Found(string kind, string id) => studio.Store.Source(id, kind) ?? throw StudioService.Missing(kind, id);

    private static CancellationToken Stop(HttpRequest request) => request.HttpContext.RequestAborted;
}
