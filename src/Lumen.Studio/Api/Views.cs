using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Studio.Jobs;
using Lumen.Studio.Safety;
using Lumen.Studio.Storage;

namespace Lumen.Studio.Api;

/// <summary>A job as the API answers with it.</summary>
internal sealed record JobView
{
    public required string Id { get; init; }
    public required JobState State { get; init; }
    public required JobRequest Request { get; init; }
    public required bool Mine { get; init; }
    public required DateTimeOffset Created { get; init; }

    [Description("Denoising steps that are done.")]
    public int Done { get; init; }

    [Description("Denoising steps in all; 0 where that is not known yet.")]
    public int Total { get; init; }

    [Description("Seconds that it will still take; absent where nobody knows yet.")]
    public double? SecondsLeft { get; init; }

    [Description("Why it failed, in whole sentences.")]
    public string? Fault { get; init; }

    [Description("Of a data set: what has come of it, in words.")]
    public string? Report { get; init; }

    [Description("What is being done, in words.")]
    public string? Note { get; init; }

    [Description("Where the pictures as they are after the last step that was drawn are served.")]
    public string? Preview { get; init; }

    public required IReadOnlyList<PictureView> Pictures { get; init; }

    /// <summary>A job as it stands.</summary>
    public static JobView Of(Job job, string client, DateTimeOffset now)
    {
        var status = job.Status;
        return new JobView
        {
            Id = job.Id,
            State = status.State,
            Request = job.Request,
            Mine = job.Client == client,
            Created = job.Created,
            Done = status.Done,
            Total = status.Total,
            SecondsLeft = job.SecondsLeft(now) is { } left ? Math.Round(left, 2) : null,
            Fault = status.Fault,
            Note = status.Note,
            Report = status.Report,
            Preview = status.PreviewStep > 0 && status.Preview.Count > 0 ? $"/api/jobs/{job.Id}/preview?step={status.PreviewStep}" : null,
            Pictures = [.. status.Pictures.Select(PictureView.Of)],
        };
    }
}

/// <summary>A picture as the API answers with it.</summary>
internal sealed record PictureView(
    string Id,
    string? Job,
    string Prompt,
    string Seed,
    double? Agreement,
    int Width,
    int Height,
    DateTimeOffset Created,
    string? Reference,
    string? Layout,
    bool Starred,
    bool Binned,
    string File
)
{
    /// <summary>A picture of the history.</summary>
    public static PictureView Of(StoredPicture picture) =>
        new(
            picture.Id,
            picture.Job,
            picture.Prompt,
            picture.Seed,
            picture.Agreement is { } agreement ? Math.Round(agreement, 4) : null,
            picture.Width,
            picture.Height,
            picture.Created,
            picture.Reference,
            picture.Layout,
            picture.Starred,
            picture.Binned,
            picture.Url
        );
}

/// <summary>A reference or a layout as the API answers with it.</summary>
internal sealed record SourceView(
    string Id,
    string Name,
    int Width,
    int Height,
    string? Reference,
    IReadOnlyList<string> Edits,
    DateTimeOffset Created,
    string File
)
{
    /// <summary>The settings that the file of a reference held.</summary>
    public SettingsView? Settings { get; init; }

    /// <summary>A reference or a layout.</summary>
    public static SourceView Of(StoredSource source) =>
        new(
            source.Id,
            source.Name,
            source.Width,
            source.Height,
            source.Reference,
            source.Edits.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            source.Created,
            $"/api/{source.Kind}s/{source.Id}/file"
        );
}

/// <summary>The settings in a picture file.</summary>
/// <param name="Lumen">What Lumen wrote, with the names of diffusers.</param>
/// <param name="Parameters">What AUTOMATIC1111's web UI and programs like it wrote.</param>
/// <param name="Grid">What stands in the sheet of a grid.</param>
internal sealed record SettingsView(JsonObject? Lumen, string? Parameters, JsonObject? Grid)
{
    /// <summary>Those of a file; null where it holds none.</summary>
    public static SettingsView? Of(PictureSettings settings) =>
        settings.IsEmpty ? null : new(settings.Record?.ToJson(), settings.Parameters, settings.Grid?.Json);
}

/// <summary>What will not do what its author means, in sentences.</summary>
internal sealed record WarningsView(IReadOnlyList<string> Warnings);

/// <summary>How many jobs were stopped.</summary>
internal sealed record StoppedView(int Stopped);

/// <summary>How many pictures were deleted.</summary>
internal sealed record DeletedView(int Deleted);

/// <summary>The model as the API answers with it.</summary>
internal sealed record ModelView(
    string Name,
    bool IsOpen,
    string? Adapter,
    IReadOnlyList<string> Adapters,
    string? Steering,
    int? NativeSize,
    int? SizeMultiple,
    IReadOnlyList<string> Samplers,
    IReadOnlyList<string> KnownWords,
    IReadOnlyList<ComponentView> Components
)
{
    /// <summary>The model, which may still be being opened.</summary>
    public static ModelView Of(StudioModel model) =>
        model.Opened is { } opened
            ? new(
                opened.Model,
                true,
                opened.Adapter,
                model.Adapters.Names,
                JsonNamingPolicy.SnakeCaseLower.ConvertName(opened.Steering.ToString()),
                opened.NativeSize,
                opened.SizeMultiple,
                opened.Samplers,
                opened.KnownWords,
                ComponentView.All(opened)
            )
            : new(model.Name, false, null, model.Adapters.Names, null, null, null, [], [], []);
}

/// <summary>A component of the layouts.</summary>
/// <param name="Number">From 1.</param>
/// <param name="ExplainedVariance">Share of the features' variance, 0...1.</param>
/// <param name="Column">Correlation with the column, -1...1, where it is known.</param>
/// <param name="Row">Correlation with the row, alike.</param>
internal sealed record ComponentView(int Number, double ExplainedVariance, double? Column, double? Row)
{
    /// <summary>Those of the adapter's layouts; none where it reads none.</summary>
    public static IReadOnlyList<ComponentView> All(LumenPipeline pipeline) =>
        pipeline.LayoutFacts is not { } facts
            ? []
            :
            [
                .. facts.ExplainedVariance.Select(
                    (share, index) =>
                        index < facts.PositionCorrelations.Count
                            ? new ComponentView(
                                index + 1,
                                Math.Round(share, 5),
                                Math.Round(facts.PositionCorrelations[index].Column, 3),
                                Math.Round(facts.PositionCorrelations[index].Row, 3)
                            )
                            : new ComponentView(index + 1, Math.Round(share, 5), null, null)
                ),
            ];
}

/// <summary>What a page or a program needs first.</summary>
/// <param name="Token">The anti-forgery token, to be sent as <c>X-Lumen-Token</c> with every call that changes something.</param>
/// <param name="Model">The model.</param>
/// <param name="Limits">Bounds of requests.</param>
internal sealed record SessionView(string Token, ModelView Model, StudioLimits Limits);

/// <summary>A preset as the API answers with it.</summary>
internal sealed record PresetView(string Name, JsonNode? Settings, DateTimeOffset Created);
