using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Lumen.Generation;
using Lumen.Studio.Jobs;

namespace Lumen.Studio.Api;

/// <summary>What is asked of <c>POST /api/generations</c>. Names and meanings are those of diffusers.</summary>
internal sealed record GenerationBody
{
    [Description("Appearance in words; brackets are emphasis, as in (fog:1.4).")]
    public required string Prompt { get; init; }

    [Description("What the results must not look like.")]
    public string? NegativePrompt { get; init; }

    [Description("Id of a reference (POST /api/references) whose layout the results take.")]
    public string? Reference { get; init; }

    [Description("Id of a layout (POST /api/layouts) instead.")]
    public string? Layout { get; init; }

    [Description("Id of a reference to begin from instead of noise (img2img), with strength below 1.")]
    public string? Initial { get; init; }

    [Description("Name of the adapter that steers, of those that GET /api/model lists; the model's own by default.")]
    public string? Adapter { get; init; }

    [Range(1, 1000), Description("Denoising steps; 20 by default.")]
    public int? NumInferenceSteps { get; init; }

    [Description("Sampler, as ddim or dpmpp_2m; the model's own by default. GET /api/model lists them.")]
    public string? Scheduler { get; init; }

    [Range(0.0, 1.0), Description("With ddim: noise added at every step; 0 by default.")]
    public double? Eta { get; init; }

    [Range(1.0, 50.0), Description("Weight of the prompt; 3 by default, 1 switches guidance off.")]
    public double? GuidanceScale { get; init; }

    [Range(0.0, 1.0), Description("Fraction of the steps at which guidance begins; 0 by default.")]
    public double? GuidanceStart { get; init; }

    [Range(0.0, 1.0), Description("Fraction of the steps at which guidance ends; 1 by default. Steps without it take half the time.")]
    public double? GuidanceEnd { get; init; }

    [
        Range(0.0, 10.0),
        Description("Guidance by the layout, beside that by the prompt: above 1 away from what the result would be without it.")
    ]
    public double? LayoutGuidanceScale { get; init; }

    [Range(1, 20), Description("Compute the whole denoiser in every N-th step only (DeepCache); 1, every step, by default.")]
    public int? CacheInterval { get; init; }

    [Description("Decode by overlapping tiles: less memory for large pictures, colours may differ a little from tile to tile.")]
    public bool? VaeTiling { get; init; }

    [Range(0.0, 2.0), Description("Weight of the layout; 1 by default.")]
    public double? ControlnetConditioningScale { get; init; }

    [Range(0.0, 1.0), Description("Fraction of the steps at which the layout begins to act; 0 by default.")]
    public double? ControlGuidanceStart { get; init; }

    [Range(0.0, 1.0), Description("Fraction of the steps at which the layout ceases to act; 1 by default.")]
    public double? ControlGuidanceEnd { get; init; }

    [Range(0.0, 1.0), Description("With initial: share of the steps that is made; 1 by default.")]
    public double? Strength { get; init; }

    [Description("Use the first N components of the layout; all by default.")]
    public int? Components { get; init; }

    [Description("Width in pixels; by default the reference's proportions at the model's native size.")]
    public int? Width { get; init; }

    [Description("Height in pixels.")]
    public int? Height { get; init; }

    [Description("The same seed gives the same pictures; 1 by default. Also as text, for programs whose numbers end at 2^53.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public ulong? Seed { get; init; }

    [Description("Pictures, each from noise of its own; 1 by default.")]
    public int? NumImagesPerPrompt { get; init; }

    [Description("What the columns of a grid vary; with x, y or z the result is a grid, of one picture each.")]
    public GridAxis? X { get; init; }

    [Description("What the rows of a grid vary.")]
    public GridAxis? Y { get; init; }

    [Description("What several such sheets vary, one for each value.")]
    public GridAxis? Z { get; init; }

    /// <summary>The settings that were given; the others have their defaults.</summary>
    public GenerationOptions ToOptions()
    {
        var usual = new GenerationOptions();
        return new GenerationOptions
        {
            NegativePrompt = NegativePrompt ?? usual.NegativePrompt,
            NumInferenceSteps = NumInferenceSteps ?? usual.NumInferenceSteps,
            Scheduler = Scheduler is { Length: > 0 } ? Scheduler : null,
            Eta = Eta ?? usual.Eta,
            GuidanceScale = GuidanceScale ?? usual.GuidanceScale,
            GuidanceStart = GuidanceStart ?? usual.GuidanceStart,
            GuidanceEnd = GuidanceEnd ?? usual.GuidanceEnd,
            LayoutGuidanceScale = LayoutGuidanceScale ?? usual.LayoutGuidanceScale,
            CacheInterval = CacheInterval ?? usual.CacheInterval,
            VaeTiling = VaeTiling ?? usual.VaeTiling,
            ConditioningScale = ControlnetConditioningScale ?? usual.ConditioningScale,
            ControlGuidanceStart = ControlGuidanceStart ?? usual.ControlGuidanceStart,
            ControlGuidanceEnd = ControlGuidanceEnd ?? usual.ControlGuidanceEnd,
            Strength = Strength ?? usual.Strength,
            Components = Components,
            Width = Width,
            Height = Height,
            Seed = Seed ?? usual.Seed,
            Count = NumImagesPerPrompt ?? usual.Count,
        };
    }
}

/// <summary>What is asked of <c>POST /api/layouts</c>.</summary>
internal sealed record LayoutBody([property: Description("Id of the reference to read it from.")] string Reference);

/// <summary>What is asked of <c>POST /api/layouts/{id}/edits</c>.</summary>
internal sealed record EditBody
{
    [Description("mirror, flip, erase, paste, mix, keep or drop.")]
    public required string Edit { get; init; }

    [Description("Of erase and paste: x, y, width, height in pixels of the layout's picture.")]
    public IReadOnlyList<int>? Region { get; init; }

    [Description("Of paste: where the region's upper left corner goes, x and y.")]
    public IReadOnlyList<int>? To { get; init; }

    [Description("Of paste and mix: id of the layout that is taken from; of paste by default the same.")]
    public string? Other { get; init; }

    [Description("Of erase and mix: a PNG in base64, white where it acts.")]
    public string? Mask { get; init; }

    [Description("Of keep and drop: numbers from 1.")]
    public IReadOnlyList<int>? Components { get; init; }
}

/// <summary>What is asked of <c>POST /api/jobs/{id}/move</c>.</summary>
internal sealed record MoveBody([property: Description("Id of the job that it goes before; without it to the end.")] string? Before = null);

/// <summary>What is asked of <c>POST /api/jobs/stop</c>.</summary>
internal sealed record StopBody([property: Description("All but the one that runs.")] bool KeepCurrent = false);

/// <summary>What is asked of <c>PATCH /api/pictures/{id}</c>.</summary>
internal sealed record PictureBody(bool? Starred = null, bool? Binned = null);

/// <summary>What is asked of <c>POST /api/prompts</c>.</summary>
internal sealed record PromptBody(string Prompt);
