using System.Globalization;
using System.IO.Compression;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Lumen.Studio.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Lumen.Studio.Api;

/// <summary>Jobs over HTTP: queue, look at, follow, reorder, stop.</summary>
internal sealed class JobEndpoints(StudioService studio, TimeProvider time, EventStreams streams, IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var jobs = routes.MapGroup("/api").WithTags("jobs");
        jobs.MapPost("/generations", Create)
            .Accepts<GenerationBody>("application/json")
            .Produces<JobView>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Queue pictures, or with x or y a grid of them.");
        jobs.MapGet("/jobs", (HttpRequest request) => studio.Queue.Jobs().Select(job => View(job, request)).ToList())
            .Produces<List<JobView>>()
            .WithSummary("All jobs: what runs, what waits in its order, what is over.");
        jobs.MapGet("/jobs/{id}", (string id, HttpRequest request) => View(Found(id), request))
            .Produces<JobView>()
            .Faults()
            .WithSummary("A job as it stands.");
        jobs.MapGet("/jobs/{id}/events", Follow)
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .Faults()
            .WithSummary(
                "A job as server-sent events: state, progress after every step, preview (where the pictures as they are then are served), "
                    + "picture for each that is finished, and end. The data of each is the job."
            );
        jobs.MapGet("/jobs/{id}/preview", Preview)
            .Produces(StatusCodes.Status200OK, contentType: "image/png")
            .Faults()
            .WithSummary("A picture of the pass that is computed, as it is after the last step that was drawn.");
        jobs.MapGet("/jobs/{id}/archive", Archive)
            .Produces(StatusCodes.Status200OK, contentType: "application/zip")
            .Faults()
            .WithSummary("The pictures of a job as single files in a ZIP archive, each with its settings inside.");
        jobs.MapDelete("/jobs/{id}", Stop)
            .Produces<JobView>()
            .Faults()
            .WithSummary("Stop a job, whether it waits or runs. It ends before the next call of a network.");
        jobs.MapPost("/jobs/{id}/move", Move)
            .Accepts<MoveBody>("application/json")
            .Produces<JobView>()
            .Faults()
            .WithSummary("Put a waiting job before another one of the same client, or to the end.");
        jobs.MapPost("/jobs/stop", StopAll)
            .Accepts<StopBody>("application/json")
            .Produces<StoppedView>()
            .WithSummary("Stop all jobs, or all but the one that runs.");
    }

    private async Task<IResult> Create(HttpRequest request)
    {
        var body = await Body.Read<GenerationBody>(request);
        var job = studio.Generate(Client.Of(request), body);
        return Results.Created($"/api/jobs/{job.Id}", View(job, request));
    }

    private IResult Stop(string id, HttpRequest request)
    {
        var job = Found(id);
        studio.Queue.Stop(job.Id);
        return Results.Ok(View(job, request));
    }

    private async Task<IResult> Move(string id, HttpRequest request)
    {
        var body = await Body.Read<MoveBody>(request);
        var job = Found(id);
        if (!studio.Queue.Move(job.Id, body.Before))
            throw new LumenException(LumenErrorKind.Input, "Both jobs must wait, and be of the same client.");
        return Results.Ok(View(job, request));
    }

    private async Task<IResult> StopAll(HttpRequest request)
    {
        var body = await Body.Read<StopBody>(request);
        return Results.Ok(new StoppedView(studio.Queue.StopAll(body.KeepCurrent)));
    }

    private IResult Archive(string id)
    {
        var pictures = Found(id).Status.Pictures;
        var file = new FileStream(
            Path.Combine(studio.Store.Folder.Uploads, $"{Guid.NewGuid():N}.zip"),
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            1 << 16,
            FileOptions.DeleteOnClose
        );
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (index, picture) in pictures.Index())
                if (studio.Store.Folder.PathOf((studio.Store.Picture(picture.Id) ?? picture).File) is var path && File.Exists(path))
                    archive.CreateEntryFromFile(
                        path,
                        string.Create(CultureInfo.InvariantCulture, $"{index:D3}-{picture.Id}.png"),
                        CompressionLevel.NoCompression
                    );
        file.Position = 0;
        return Results.Stream(file, "application/zip", $"{id}.zip");
    }

    private IResult Preview(string id, int index = 0) =>
        Found(id).Status.Preview is { } preview && index >= 0 && index < preview.Count
            ? Results.Bytes(preview[index], "image/png")
            : throw new MissingException("There is no preview of this job: it does not run, or its first step is not done.");

    private IResult Follow(string id, HttpContext context)
    {
        var job = Found(id);
        streams.Open(context);
        return TypedResults.ServerSentEvents(Events(job, context.Request, context.RequestAborted));
    }

    // The newest status only: a client that reads slowly misses steps, never the end.
    private async IAsyncEnumerable<SseItem<JobView>> Events(Job job, HttpRequest request, [EnumeratorCancellation] CancellationToken stop)
    {
        var signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        using var watching = job.Watch();
        studio.Queue.Changed += OnChanged;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, lifetime.ApplicationStopping);
            signal.Writer.TryWrite(true);
            JobView? last = null;
            while (await signal.Next(either.Token))
            {
                var view = View(job, request);
                foreach (var kind in Kinds(last, view))
                    yield return new SseItem<JobView>(view, kind);
                last = view;
                if (job.Status.IsOver && view.State == job.Status.State)
                    yield break;
            }
        }
        finally
        {
            studio.Queue.Changed -= OnChanged;
        }

        void OnChanged(Job changed)
        {
            if (changed == job)
                signal.Writer.TryWrite(true);
        }
    }

    private static IEnumerable<string> Kinds(JobView? last, JobView now)
    {
        if (last?.State != now.State || last.Note != now.Note)
            yield return "state";
        if (last is not null && last.Done != now.Done)
            yield return "progress";
        if (now.Preview is not null && last?.Preview != now.Preview)
            yield return "preview";
        if (now.Pictures.Count > (last?.Pictures.Count ?? 0))
            yield return "picture";
        if (now.State is not (JobState.Waiting or JobState.Running))
            yield return "end";
    }

    private JobView View(Job job, HttpRequest request) => JobView.Of(job, Client.Of(request), time.GetUtcNow());

    private Job Found(string id) => studio.Queue.Find(id) ?? throw StudioService.Missing("job", id);
}
