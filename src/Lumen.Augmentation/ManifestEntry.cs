using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Captioning;
using Lumen.Files;
using Lumen.Generation;

namespace Lumen.Augmentation;

/// <summary>
/// A line of <c>manifest.jsonl</c>: how a new picture was made, or why there is none. All names are below the augmented data set's folder;
/// there are no absolute paths.
/// </summary>
public sealed record ManifestEntry
{
    /// <summary>The format that is written.</summary>
    public const string CurrentFormat = "lumen-augmentation-1";

    /// <summary>
    /// What <see cref="LeftOut"/> says of a picture that a person rejected; no line holds it, see <see cref="Manifest.Read"/>.
    /// </summary>
    public const string RejectedByHand = "rejected_by_hand";

    private static readonly GenerationOptions NotGenerated = new()
    {
        NumInferenceSteps = 0,
        Scheduler = "",
        GuidanceScale = 0,
        ConditioningScale = 0,
        Seed = 0,
    };

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Version of the line.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Digest of all lines before this one; empty on the first, null on lines of earlier versions.</summary>
    public string? Previous { get; init; }

    /// <summary>True on every line with an <see cref="Item"/>: the mark by which generated pictures can be filtered.</summary>
    public bool Generated { get; init; }

    /// <summary>The new picture; null where none was accepted.</summary>
    public string? Item { get; init; }

    /// <summary>The picture it was made from.</summary>
    public required string Source { get; init; }

    /// <summary>Number of the new picture of this source.</summary>
    public int Variant { get; init; }

    /// <summary>Part of the data set.</summary>
    public required string Split { get; init; }

    /// <summary>
    /// Why there is no new picture: <c>rejected</c> (agreement, obedience), <c>duplicate</c>, <c>near_duplicate</c>; null where there is
    /// one.
    /// </summary>
    public string? LeftOut { get; init; }

    /// <summary>The held-out picture that a left-out source equals.</summary>
    public string? Like { get; init; }

    /// <summary>SHA-256 of the source's file.</summary>
    public string SourceSha256 { get; init; } = "";

    /// <summary>SHA-256 of the layout's values.</summary>
    public string LayoutSha256 { get; init; } = "";

    /// <summary>SHA-256 of the new picture's file.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Copies of label files.</summary>
    public IReadOnlyList<ManifestFile> Labels { get; init; } = [];

    /// <summary>Files made beside the picture: the map of the agreement, labels with ignored pixels.</summary>
    public IReadOnlyList<ManifestFile> Extras { get; init; } = [];

    /// <summary>The base model.</summary>
    public ManifestWeights? Model { get; init; }

    /// <summary>The adapter.</summary>
    public ManifestWeights? Adapter { get; init; }

    /// <summary>Hash of the layout basis.</summary>
    public string BasisSha256 { get; init; } = "";

    /// <summary>The prompt.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>The negative prompt, of <see cref="Generation"/>.</summary>
    public string NegativePrompt
    {
        get => Generation.NegativePrompt;
        init => Generation = Generation with { NegativePrompt = value };
    }

    /// <summary>Domain of the prompt matrix.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Style of the prompt matrix.</summary>
    public string Style { get; init; } = "";

    /// <summary>Seed of the starting noise, of <see cref="Generation"/>.</summary>
    public ulong Seed
    {
        get => Generation.Seed;
        init => Generation = Generation with { Seed = value };
    }

    /// <summary>0, or the number of the retry that was accepted.</summary>
    public int Attempt { get; init; }

    /// <summary>
    /// How it was sampled: in the line, entries of their own behind <see cref="Attempt"/>. All values are zero where nothing was generated.
    /// </summary>
    [JsonIgnore]
    public GenerationOptions Generation { get; init; } = NotGenerated;

    /// <summary>Width of source and result.</summary>
    public int Width { get; init; }

    /// <summary>Height of source and result.</summary>
    public int Height { get; init; }

    /// <summary>Width at which the picture was generated.</summary>
    public int WorkingWidth { get; init; }

    /// <summary>Height at which the picture was generated.</summary>
    public int WorkingHeight { get; init; }

    /// <summary>How the source was brought to the working size.</summary>
    public PictureFit Fit { get; init; }

    /// <summary>Pictures (or tiles) in a pass, copies that fill it up included: another number may round differently.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Compute type.</summary>
    public string Dtype { get; init; } = "";

    /// <summary>Threads that computed it: another number may round differently.</summary>
    public int Threads { get; init; }

    /// <summary>Agreement of the picture's own layout with the source's, -1...1.</summary>
    public double Agreement { get; init; }

    /// <summary>How far it shows what the prompt asks for; null where that was not measured, or the prompt names no known phrase.</summary>
    public PromptObedience? Obedience { get; init; }

    /// <summary>Classes whose original pixels were put back.</summary>
    public IReadOnlyList<string>? KeepClasses { get; init; }

    /// <summary>SHA-256 of the mask whose original pixels were put back.</summary>
    public string? KeepMaskSha256 { get; init; }

    /// <summary>Pixels of blending around what was put back.</summary>
    public int? Feather { get; init; }

    /// <summary>Licences by what they are for.</summary>
    public IReadOnlyDictionary<string, string> Licences { get; init; } = new Dictionary<string, string>();

    /// <summary>The line, without its end.</summary>
    public string ToJson()
    {
        var line = JsonSerializer.SerializeToNode(this, Json)!.AsObject();
        GenerationOptionsJson.AddTo(line, Generation, line.IndexOf("attempt") + 1);
        return line.ToJsonString(Json);
    }

    /// <summary>Reads a line.</summary>
    /// <exception cref="LumenException">It is not a line of a manifest; <paramref name="place"/> is named.</exception>
    public static ManifestEntry FromJson(string line, string place)
    {
        var json = JsonFile.Parse(line, place);
        if (json["format"]?.TryText() != CurrentFormat)
            throw new LumenException($"{place} is not of the format {CurrentFormat}. Expected a manifest that lumen augment wrote.");
        var entry = json.As<ManifestEntry>(Json);
        var sampling = json["num_inference_steps"] is null ? NotGenerated : GenerationOptionsJson.Read(json);
        return entry with { Generation = sampling with { NegativePrompt = entry.NegativePrompt, Seed = entry.Seed } };
    }
}

/// <summary>A file that belongs to a new picture.</summary>
/// <param name="File">Its name below the augmented data set's folder.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hexadecimal.</param>
/// <param name="Source">The file it is a copy of; null where it was made.</param>
public sealed record ManifestFile(string File, string Sha256, string? Source = null);

/// <summary>A model that was used.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="WeightsSha256">SHA-256 of its weights.</param>
public sealed record ManifestWeights(string Name, string WeightsSha256);
