using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Serialization;
using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Studio.Datasets;
using Lumen.Studio.Jobs;
using Lumen.Studio.Safety;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lumen.Studio.Api;

/// <summary>Data sets over HTTP: what is there, whether it is sound, how it looks, and more of it.</summary>
internal sealed class DatasetEndpoints(StudioService studio, TimeProvider time)
{
    private const int MostFaults = 100;
    private const int Previewed = 4;
    private readonly SemaphoreSlim _previewing = new(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        var sets = routes.MapGroup("/api/datasets").WithTags("data sets");
        sets.MapGet("", () => studio.Library.Names).WithSummary("Names of the data sets that may be opened.");
        sets.MapGet("/{name}", (string name, CancellationToken stop) => InfoView.Of(DatasetSummary.Of(Open(name), stop: stop)))
            .Produces<InfoView>()
            .Faults()
            .WithSummary("Parts, sizes, labels and classes.");
        sets.MapGet(
                "/{name}/check",
                (string name, CancellationToken stop) => CheckView.Of(DatasetCheck.Run(Open(name), stop: stop), MostFaults)
            )
            .Produces<CheckView>()
            .Faults()
            .WithSummary("Whether everything in it can be read and fits.");
        sets.MapGet("/{name}/verify", (string name, CancellationToken stop) => Verification.Run(studio.Library.PathOf(name), stop: stop))
            .Faults()
            .WithSummary("Whether an enlarged data set is what its manifest says.");
        sets.MapGet("/{name}/report", (string name) => Results.Ok(AugmentationReport.Of(studio.Library.PathOf(name)).ToJson()))
            .Faults()
            .WithSummary("Accepted, rejected and agreement of an enlarged data set, prompt by prompt.");
        sets.MapGet("/{name}/review", (string name) => studio.ReviewOf(name).Select(item => ReviewView.Of(name, item)).ToList())
            .Produces<List<ReviewView>>()
            .Faults()
            .WithSummary("The new pictures of an enlarged data set, and what was decided about them by hand.");
        sets.MapPost("/{name}/review", Review)
            .Accepts<ReviewBody>("application/json")
            .Produces<List<ReviewView>>()
            .Faults()
            .WithSummary("Accept or reject new pictures by hand. What is rejected leaves the lists, and its files lie apart.");
        sets.MapGet("/{name}/review/picture", ReviewPicture)
            .Produces(200, contentType: "image/png")
            .Faults()
            .WithSummary("A new picture; view is picture, labels (drawn over) or confidence (white where it keeps the layout).");
        sets.MapGet("/{name}/pictures/{split}/{index:int}", Picture)
            .Produces(200, contentType: "image/png")
            .Faults()
            .WithSummary("A picture of a part, with labels=true its classes drawn over.");
        sets.MapPost("/{name}/pictures/{split}/{index:int}/reference", AddReference)
            .Produces<SourceView>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Make a reference of a picture of a part, whose labels adapters for label maps, depth or normals are steered by.");
        sets.MapPost("/{name}/augmentations", Augment)
            .Accepts<AugmentationBody>("application/json")
            .Produces<JobView>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Queue new pictures of a data set, with the labels it has.");
        sets.MapPost("/{name}/augmentations/preview", Preview)
            .Accepts<AugmentationBody>("application/json")
            .Produces<AugmentationPreviewView>()
            .Faults()
            .WithSummary(
                "Make some of the new pictures now, with the labels that they would have, and say how many there would be and how long "
                    + "they would take. Nothing is kept; it stops when the client goes away."
            );
    }

    private Dataset Open(string name) => studio.Library.Open(name);

    private IResult AddReference(string name, string split, int index)
    {
        var reference = studio.AddReference(name, Found(Open(name), split, index).Picture);
        return Results.Created($"/api/references/{reference.Id}", SourceView.Of(reference));
    }

    private static DatasetItem Found(Dataset dataset, string split, int index) =>
        (dataset.Splits.Contains(split) && index >= 0 ? dataset.Items(split).Skip(index).FirstOrDefault() : null)
        ?? throw new MissingException(
            string.Create(CultureInfo.InvariantCulture, $"The data set has no picture {index} in a part of this name.")
        );

    private IResult Picture(string name, string split, int index, bool labels = false)
    {
        var dataset = Open(name);
        var item = Found(dataset, split, index);
        var drawn = DatasetLibrary.Draw(dataset, item);
        return Results.Bytes((labels ? drawn.Overlay ?? drawn.Picture : drawn.Picture).ToPng(), "image/png");
    }

    private async Task<IResult> Review(string name, HttpRequest request)
    {
        var body = await Body.Read<ReviewBody>(request);
        await Task.Run(() => studio.Review(name, body.Items, body.Verdict, body.Reason));
        return Results.Ok(studio.ReviewOf(name).Select(item => ReviewView.Of(name, item)).ToList());
    }

    private IResult ReviewPicture(string name, string item, string view = "picture")
    {
        var found =
            studio.ReviewOf(name).FirstOrDefault(one => one.Name == item) ?? throw new MissingException("There is no such new picture.");
        var (drawn, confidence) = DatasetLibrary.Draw(Open(name), found);
        var picture = view switch
        {
            "picture" => drawn.Picture,
            "labels" => drawn.Overlay ?? drawn.Picture,
            "confidence" => confidence ?? throw new MissingException("This data set was made without maps of the agreement."),
            _ => throw new LumenException(LumenErrorKind.Option, "view is picture, labels or confidence."),
        };
        return Results.Bytes(picture.ToPng(), "image/png");
    }

    private async Task<IResult> Preview(string name, HttpRequest request)
    {
        var body = await Body.Read<AugmentationBody>(request);
        var (dataset, augmentation, stop) = (Open(name), body.ToRequest(name), request.HttpContext.RequestAborted);
        if (!await _previewing.WaitAsync(TimeSpan.Zero, stop))
            throw new LimitException("Another preview is being made. Ask again when it is done.");
        var started = time.GetTimestamp();
        List<PreviewPictureView> pictures;
        try
        {
            pictures = await Task.Run(
                () =>
                    studio
                        .PreviewAugmentation(dataset, augmentation, body.ToOptions(), Previewed, stop)
                        .Select(made => new PreviewPictureView(made.Name, made.Picture.ToPng(), made.Overlay?.ToPng()))
                        .ToList(),
                stop
            );
        }
        finally
        {
            _previewing.Release();
        }
        var each = time.GetElapsedTime(started).TotalSeconds / Math.Max(1, pictures.Count);
        return Results.Ok(
            new AugmentationPreviewView
            {
                Pictures = pictures,
                NewPictures = DatasetLibrary.NewPictures(dataset, augmentation),
                SecondsPerPicture = Math.Round(each, 3),
            }
        );
    }

    private async Task<IResult> Augment(string name, HttpRequest request)
    {
        var body = await Body.Read<AugmentationBody>(request);
        var job = studio.Augment(Client.Of(request), body.ToRequest(name), body.ToOptions());
        return Results.Created($"/api/jobs/{job.Id}", JobView.Of(job, Client.Of(request), time.GetUtcNow()));
    }
}

/// <summary>Some new pictures of a data set, of which nothing is kept.</summary>
internal sealed record AugmentationPreviewView
{
    public required IReadOnlyList<PreviewPictureView> Pictures { get; init; }

    [Description("New pictures that the whole would make.")]
    public required long NewPictures { get; init; }

    [Description("Seconds that a picture of the preview took.")]
    public required double SecondsPerPicture { get; init; }

    [Description("Seconds that the whole would take at that rate.")]
    public double Seconds => Math.Round(NewPictures * SecondsPerPicture, 1);
}

/// <summary>A new picture that is not kept.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Picture">A PNG in base64.</param>
/// <param name="Labels">The same with its source's classes drawn over; absent where there are none.</param>
internal sealed record PreviewPictureView(string Prompt, byte[] Picture, byte[]? Labels);

/// <summary>What is asked of <c>POST /api/datasets/{name}/augmentations</c>.</summary>
internal sealed record AugmentationBody
{
    [Description("Domains, each with a prompt and a weight.")]
    public required IReadOnlyList<DomainPrompt> Prompts { get; init; }

    [Description("New pictures of each.")]
    public int Variants { get; init; } = 1;

    [Description("A trial: this many pictures are varied, spread over the part, and nothing else of the data set is written.")]
    public int? Limit { get; init; }

    [Description("Pictures that keep the layout less are made again, and left out in the end.")]
    public double? MinAgreement { get; init; }

    [Description("Which part; the training part by default.")]
    public string? Split { get; init; }

    [Description("How a prompt is put together from {caption}, what the data set says of the picture, and {domain}.")]
    public string Template { get; init; } = "{domain}";

    [Description("Words that are taken out of captions, because the domain says otherwise.")]
    public IReadOnlyList<string> CaptionRemove { get; init; } = [];

    [Description("Denoising steps.")]
    public int NumInferenceSteps { get; init; } = 20;

    [Description("The same seed gives the same pictures. Also as text, for programs whose numbers end at 2^53.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public ulong Seed { get; init; } = 1;

    /// <summary>What is asked of a data set of this name.</summary>
    public AugmentationRequest ToRequest(string name) =>
        new(name, Variants, Prompts, Limit, MinAgreement, Split) { Template = Template, CaptionRemove = CaptionRemove };

    /// <summary>How pictures are made.</summary>
    public Generation.GenerationOptions ToOptions() => new() { NumInferenceSteps = NumInferenceSteps, Seed = Seed };
}

/// <summary>What is asked of <c>POST /api/datasets/{name}/review</c>.</summary>
internal sealed record ReviewBody
{
    [Description("Names of new pictures, as GET /api/datasets/{name}/review lists them.")]
    public required IReadOnlyList<string> Items { get; init; }

    [Description("accepted or rejected.")]
    public required ReviewVerdict Verdict { get; init; }

    [Description("Why; it is recorded with the verdict.")]
    public string? Reason { get; init; }
}

/// <summary>A new picture, and what was decided about it.</summary>
internal sealed record ReviewView(
    string Item,
    string Source,
    string Prompt,
    string Domain,
    double Agreement,
    double? Obedience,
    ReviewVerdict? Verdict,
    string? Reason,
    string Picture
)
{
    /// <summary>A picture as the API answers with it.</summary>
    public static ReviewView Of(string dataset, ReviewItem item) =>
        new(
            item.Name,
            item.Entry.Source,
            item.Entry.Prompt,
            item.Entry.Domain,
            Math.Round(item.Entry.Agreement, 4),
            item.Entry.Obedience is { } obedience ? Math.Round(obedience.Score, 4) : null,
            item.Verdict,
            item.Reason,
            $"/api/datasets/{Uri.EscapeDataString(dataset)}/review/picture?item={Uri.EscapeDataString(item.Name)}"
        );
}

/// <summary>What a data set holds.</summary>
internal sealed record InfoView(
    string Format,
    IReadOnlyList<SplitView> Splits,
    IReadOnlyList<ClassView> Classes,
    int? Ignore,
    [property: Description("That there are no labels, in a sentence; absent where there are some.")] string? WithoutLabels
)
{
    /// <summary>A summary as the API answers with it.</summary>
    public static InfoView Of(DatasetSummary summary) =>
        new(
            summary.Format,
            [
                .. summary.Splits.Select(split => new SplitView(
                    split.Name,
                    split.Items,
                    split.Generated,
                    split.Captioned,
                    split.Sizes is [var (width, height, _), ..] ? FormattableString.Invariant($"{width} x {height}") : null,
                    split.Labels
                )),
            ],
            [
                .. summary
                    .PixelShares.OrderByDescending(pair => pair.Value)
                    .Select(pair => new ClassView(pair.Key, summary.Classes.NameOf(pair.Key), Math.Round(pair.Value, 5))),
            ],
            summary.IgnoreConflict is null ? summary.Classes.Ignore : null,
            summary.Splits.Any(split => split.Labels.Count > 0) ? null
                : summary.Format == PlainPictures.FormatName
                    ? "There are no labels: the folder is laid out as no data set with labels is, so it is taken for pictures alone."
                : "There are no labels: its layout is known, but none of its pictures has a label file."
        );
}

/// <summary>A part of a data set.</summary>
internal sealed record SplitView(
    string Name,
    long Items,
    long Generated,
    long Captioned,
    string? UsualSize,
    IReadOnlyDictionary<string, long> Labels
);

/// <summary>A class, and its share of the pixels in the label files that were looked at.</summary>
internal sealed record ClassView(int Id, string Name, double Share);

/// <summary>Whether a data set is sound.</summary>
internal sealed record CheckView(bool IsSound, long Items, long Labels, IReadOnlyList<FaultView> Faults, IReadOnlyList<string> Notes)
{
    /// <summary>A report as the API answers with it.</summary>
    public static CheckView Of(DatasetCheckReport report, int most) =>
        new(
            report.IsSound,
            report.Items,
            report.Labels,
            [.. report.Faults.Take(most).Select(fault => new FaultView(fault.Title, fault.Item, fault.Message, fault.Advice, fault.Count))],
            report.Notes
        );
}

/// <summary>Something that is wrong with a data set.</summary>
internal sealed record FaultView(string Title, string Item, string Message, string Advice, int Count);
