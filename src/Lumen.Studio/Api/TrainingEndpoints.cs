using System.ComponentModel;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Lumen.Studio.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Lumen.Studio.Api;

/// <summary>Trainings of adapters over HTTP: estimate, start, follow, stop, go on.</summary>
internal sealed class TrainingEndpoints(StudioService studio, EventStreams streams, IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var trainings = routes.MapGroup("/api/trainings").WithTags("trainings");
        trainings
            .MapGet("", () => studio.Trainings.Runs.Select(View).ToList())
            .Produces<List<TrainingView>>()
            .WithSummary("All trainings, the newest first.");
        trainings
            .MapPost("", Create)
            .Accepts<TrainingForm>("application/json")
            .Produces<TrainingView>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Keep a training of an adapter and measure what it will take. It is not started before that is asked for.");
        trainings
            .MapGet("/{name}", (string name) => View(Found(name)))
            .Produces<TrainingView>()
            .Faults()
            .WithSummary("A training as it stands.");
        trainings
            .MapGet("/{name}/events", Follow)
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .Faults()
            .WithSummary("A training as server-sent events: state, progress and end. The data of each is the training.");
        trainings
            .MapPost("/{name}/start", (string name) => Results.Ok(View(studio.Trainings.Start(Found(name).Name))))
            .Accepts<object>("application/json")
            .Produces<TrainingView>()
            .Faults()
            .WithSummary("Start a training, or go on from its last checkpoint. One is worked at at a time.");
        trainings
            .MapPost("/{name}/stop", Stop)
            .Accepts<object>("application/json")
            .Produces<TrainingView>()
            .Faults()
            .WithSummary("Stop a training; a checkpoint is saved first.");
        trainings
            .MapDelete("/{name}", Delete)
            .Faults()
            .WithSummary("Delete a training that is not being worked at, with its checkpoints and its adapter.");
        trainings
            .MapGet("/{name}/previews/{step:long}", Preview)
            .Produces(200, contentType: "image/png")
            .Faults()
            .WithSummary("Held-out references, what the adapter reads of them, and what it makes of it after a step.");
    }

    private async Task<IResult> Create(HttpRequest request)
    {
        var form = await Body.Read<TrainingForm>(request);
        var run = await studio.Train(form, request.HttpContext.RequestAborted);
        return Results.Created($"/api/trainings/{run.Name}", View(run));
    }

    private IResult Stop(string name)
    {
        studio.Trainings.Stop(Found(name).Name);
        return Results.Ok(View(Found(name)));
    }

    private IResult Delete(string name)
    {
        studio.Trainings.Delete(Found(name).Name);
        return Results.NoContent();
    }

    private IResult Preview(string name, long step) =>
        studio.Trainings.Folder.Preview(Found(name).Name, step) is { } file
            ? Results.File(file, "image/png")
            : throw new MissingException("There is no preview of this step.");

    private IResult Follow(string name, HttpContext context)
    {
        var run = Found(name);
        streams.Open(context);
        return TypedResults.ServerSentEvents(Events(run.Name, context.RequestAborted));
    }

    // The newest state only: a client that reads slowly misses points, never the end.
    private async IAsyncEnumerable<SseItem<TrainingView>> Events(string name, [EnumeratorCancellation] CancellationToken stop)
    {
        var signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        studio.Trainings.Changed += OnChanged;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, lifetime.ApplicationStopping);
            signal.Writer.TryWrite(true);
            TrainingView? last = null;
            while (await signal.Next(either.Token) && studio.Trainings.Find(name) is { } run)
            {
                var view = View(run);
                if (last?.State != view.State || last.Note != view.Note)
                    yield return new SseItem<TrainingView>(view, "state");
                if (last?.Points.Count != view.Points.Count)
                    yield return new SseItem<TrainingView>(view, "progress");
                last = view;
                if (run.IsActive)
                    continue;
                yield return new SseItem<TrainingView>(view, "end");
                yield break;
            }
        }
        finally
        {
            studio.Trainings.Changed -= OnChanged;
        }

        void OnChanged(TrainingRun changed)
        {
            if (changed.Name == name)
                signal.Writer.TryWrite(true);
        }
    }

    private TrainingView View(TrainingRun run) => TrainingView.Of(run, studio.Trainings.Folder.Previews(run.Name));

    private TrainingRun Found(string name) =>
        (TrainingForm.IsName(name) ? studio.Trainings.Find(name) : null)
        ?? throw new MissingException("There is no training of this name.");
}

/// <summary>A training as the API answers with it.</summary>
internal sealed record TrainingView
{
    public required string Name { get; init; }
    public required TrainingState State { get; init; }
    public required TrainingForm Form { get; init; }
    public required DateTimeOffset Created { get; init; }

    [Description("What it will take, as it was measured before the start.")]
    public TrainingEstimateView? Estimate { get; init; }

    [Description("Steps that are done, of form.max_train_steps.")]
    public long Step { get; init; }

    [Description("Seconds to the last step; absent where nobody knows yet.")]
    public double? SecondsLeft { get; init; }

    [Description("What is being done, in words.")]
    public string? Note { get; init; }

    [Description("What was said on the way.")]
    public IReadOnlyList<string> Notes { get; init; } = [];

    [Description("Why it failed, in whole sentences.")]
    public string? Fault { get; init; }

    [Description("Whether it can be started, or go on.")]
    public bool CanStart { get; init; }

    [Description("The curve: training loss, and at some steps validation_loss and layout_agreement.")]
    public IReadOnlyList<TrainingPoint> Points { get; init; } = [];

    [Description("Steps of which there is a preview.")]
    public IReadOnlyList<long> Previews { get; init; } = [];

    [Description("Name by which the finished adapter steers pictures.")]
    public string? Adapter { get; init; }

    /// <summary>A training as it stands.</summary>
    public static TrainingView Of(TrainingRun run, IReadOnlyList<long> previews) =>
        new()
        {
            Name = run.Name,
            State = run.State,
            Form = run.Form,
            Created = run.Created,
            Estimate = run.Estimate,
            Step = run.Step,
            SecondsLeft = run.SecondsLeft is { } left ? Math.Round(left, 1) : null,
            Note = run.Note,
            Notes = run.Notes,
            Fault = run.Fault,
            CanStart = run.CanStart,
            Points = run.Points,
            Previews = previews,
            Adapter = run.State == TrainingState.Done ? run.Name : null,
        };
}
