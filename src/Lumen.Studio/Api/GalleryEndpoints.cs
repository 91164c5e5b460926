using System.Text.Json.Nodes;
using Lumen.Files;
using Lumen.Studio.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lumen.Studio.Api;

/// <summary>The history, and presets.</summary>
internal sealed class GalleryEndpoints(StudioService studio)
{
    private const int MostRows = 200;
    private const int LongestName = 60;
    private const int LargestPreset = 20_000;

    public void Map(IEndpointRouteBuilder routes)
    {
        var pictures = routes.MapGroup("/api/pictures").WithTags("history");
        pictures
            .MapGet("", List)
            .Produces<List<PictureView>>()
            .WithSummary("Pictures, the newest first; search takes words of the prompt, before the id of the last one of the page before.");
        pictures.MapGet("/{id}", (string id) => PictureView.Of(Found(id))).Produces<PictureView>().Faults();
        pictures
            .MapGet("/{id}/settings", (string id) => Results.Ok(JsonFile.Parse(Record(id), "The stored record").ToObject()))
            .Faults()
            .WithSummary("Everything that made a picture, as it stands in its file.");
        pictures.MapGet("/{id}/file", File).Produces(200, contentType: "image/png").Faults();
        pictures
            .MapGet("/{id}/agreement", async (string id, CancellationToken stop) => Png((await studio.Agreement(id, stop)).ToPng()))
            .Produces(200, contentType: "image/png")
            .Faults()
            .WithSummary("Where a picture keeps its layout: grey, white for full agreement.");
        pictures
            .MapPatch("/{id}", Change)
            .Accepts<PictureBody>("application/json")
            .Produces<PictureView>()
            .Faults()
            .WithSummary("Mark a picture, or move it to the bin or back.");
        pictures
            .MapDelete(
                "/{id}",
                (string id) =>
                {
                    studio.Store.Bin(Found(id).Id, true);
                    return Results.NoContent();
                }
            )
            .Faults()
            .WithSummary("Move a picture to the bin.");
        pictures
            .MapPost("/empty-bin", () => Results.Ok(new DeletedView(studio.Store.EmptyBin())))
            .WithSummary("Delete for good what is in the bin.");

        var presets = routes.MapGroup("/api/presets").WithTags("presets");
        presets.MapGet("", () => studio.Store.Presets().Select(View).ToList()).Produces<List<PresetView>>();
        presets.MapPut("/{name}", SavePreset).Accepts<JsonObject>("application/json").Produces<PresetView>().Faults();
        presets
            .MapDelete("/{name}", (string name) => studio.Store.DeletePreset(name) ? Results.NoContent() : throw NoPreset(name))
            .Faults();
    }

    private List<PictureView> List(
        string? search = null,
        bool starred = false,
        bool binned = false,
        string? before = null,
        int count = 60
    ) => [.. studio.Store.Pictures(search, starred, binned, before, Math.Clamp(count, 1, MostRows)).Select(PictureView.Of)];

    private IResult File(string id, HttpResponse response)
    {
        var path = studio.Store.Folder.PathOf(Found(id).File);
        if (!System.IO.File.Exists(path))
            throw new MissingException($"The file of the picture {id} is not in the gallery any more.");
        response.Headers.CacheControl = "private, max-age=31536000, immutable";
        return Results.File(path, "image/png");
    }

    private async Task<IResult> Change(string id, HttpRequest request)
    {
        var body = await Body.Read<PictureBody>(request);
        var picture = Found(id);
        if (body.Starred is { } starred)
            studio.Store.Star(picture.Id, starred);
        if (body.Binned is { } binned)
            studio.Store.Bin(picture.Id, binned);
        return Results.Ok(PictureView.Of(Found(id)));
    }

    private async Task<IResult> SavePreset(string name, HttpRequest request)
    {
        if (name.Length > LongestName || name.Any(char.IsControl))
            throw new LumenException(LumenErrorKind.Option, $"The name of a preset has at most {LongestName} letters.");
        var settings = JsonFile.Parse(await Body.Bytes(request, LargestPreset), "The preset");
        _ = settings.ToObject();
        studio.Store.SavePreset(name, settings.Value.GetRawText());
        return Results.Ok(View(studio.Store.Presets().FirstOrDefault(preset => preset.Name == name) ?? throw NoPreset(name)));
    }

    private static PresetView View(StoredPreset preset) =>
        new(preset.Name, JsonFile.Parse(preset.Settings, "The preset").ToObject(), preset.Created);

    private string Record(string id) => studio.Store.Record(Found(id).Id) ?? throw StudioService.Missing("picture", id);

    private StoredPicture Found(string id) =>
        (GalleryFolder.IsId(id) ? studio.Store.Picture(id) : null) ?? throw StudioService.Missing("picture", id);

    private static MissingException NoPreset(string name) => new($"There is no preset {name}.");

    private static IResult Png(byte[] bytes) => Results.Bytes(bytes, "image/png");
}
