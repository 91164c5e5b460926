using System.ComponentModel;
using System.Globalization;
using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Studio.Datasets;
using Lumen.Studio.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lumen.Studio.Api;

/// <summary>Data sets over HTTP: what is there, whether it is sound, how it looks, and more of it.</summary>
internal sealed class DatasetEndpoints(StudioService studio, TimeProvider time)
{
    private const int MostFaults = 100;

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
        sets.MapGet("/{name}/pictures/{split}/{index:int}", Picture)
            .Produces(200, contentType: "image/png")
            .Faults()
            .WithSummary("A picture of a part, with labels=true its classes drawn over.");
        sets.MapPost("/{name}/augmentations", Augment)
            .Accepts<AugmentationBody>("application/json")
            .Produces<JobView>(StatusCodes.Status201Created)
            .Faults()
            .WithSummary("Queue new pictures of a data set, with the labels it has.");
    }

    private Dataset Open(string name) => studio.Library.Open(name);

    private IResult Picture(string name, string split, int index, bool labels = false)
    {
        var dataset = Open(name);
        if (!dataset.Splits.Contains(split) || index < 0 || dataset.Items(split).Skip(index).FirstOrDefault() is not { } item)
            throw new MissingException(
                string.Create(CultureInfo.InvariantCulture, $"The data set has no picture {index} in a part of this name.")
            );
        var drawn = DatasetLibrary.Draw(dataset, item);
        return Results.Bytes((labels ? drawn.Overlay ?? drawn.Picture : drawn.Picture).ToPng(), "image/png");
    }

    private async Task<IResult> Augment(string name, HttpRequest request)
    {
        var body = await Body.Read<AugmentationBody>(request);
        var augmentation = new AugmentationRequest(name, body.Variants, body.Prompts, body.Limit, body.MinAgreement, body.Split);
        var options = new Generation.GenerationOptions { NumInferenceSteps = body.NumInferenceSteps, Seed = body.Seed };
        var job = studio.Augment(Client.Of(request), augmentation, options);
        return Results.Created($"/api/jobs/{job.Id}", JobView.Of(job, Client.Of(request), time.GetUtcNow()));
    }
}

/// <summary>What is asked of <c>POST /api/datasets/{name}/augmentations</c>.</summary>
internal sealed record AugmentationBody
{
    [Description("Domains, each with a prompt and a weight.")]
    public required IReadOnlyList<DomainPrompt> Prompts { get; init; }

    [Description("New pictures of each.")]
    public int Variants { get; init; } = 1;

    [Description("At most this many pictures are varied; all by default.")]
    public int? Limit { get; init; }

    [Description("Pictures that keep the layout less are made again, and left out in the end.")]
    public double? MinAgreement { get; init; }

    [Description("Which part; the training part by default.")]
    public string? Split { get; init; }

    [Description("Denoising steps.")]
    public int NumInferenceSteps { get; init; } = 20;

    [Description("The same seed gives the same pictures.")]
    public ulong Seed { get; init; } = 1;
}

/// <summary>What a data set holds.</summary>
internal sealed record InfoView(string Format, IReadOnlyList<SplitView> Splits, IReadOnlyList<ClassView> Classes, int? Ignore)
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
            summary.IgnoreConflict is null ? summary.Classes.Ignore : null
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
