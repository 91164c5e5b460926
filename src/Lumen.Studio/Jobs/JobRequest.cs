using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Generation;

namespace Lumen.Studio.Jobs;

/// <summary>What a job is to do, as it is stored and shown.</summary>
internal sealed record JobRequest
{
    /// <summary>How requests are written into the data base and answered by the API.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>How bodies of requests are read: what is not known is refused.</summary>
    public static readonly JsonSerializerOptions Strict = new(Json)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>What kind of work it is.</summary>
    public JobKind Kind { get; init; }

    /// <summary>Appearance in words.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>How pictures are made.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>Id of the reference that the layout is read from, or null.</summary>
    public string? Reference { get; init; }

    /// <summary>Id of the layout, or null.</summary>
    public string? Layout { get; init; }

    /// <summary>Id of a reference to begin from (img2img), or null.</summary>
    public string? Initial { get; init; }

    /// <summary>Name of the adapter that steers; null for the model's own.</summary>
    public string? Adapter { get; init; }

    /// <summary>What the columns of a grid vary.</summary>
    public GridAxis? X { get; init; }

    /// <summary>What the rows of a grid vary.</summary>
    public GridAxis? Y { get; init; }

    /// <summary>What the sheets of a grid vary: one for each value.</summary>
    public GridAxis? Z { get; init; }

    /// <summary>Of a job that enlarges a data set: which, and how.</summary>
    public AugmentationRequest? Augmentation { get; init; }

    /// <summary>What people call it.</summary>
    [JsonIgnore]
    public string Title =>
        Kind switch
        {
            JobKind.Augmentation => $"Data set {Augmentation?.Dataset}",
            JobKind.Grid => $"Grid of {string.Join(" and ", new[] { X, Y, Z }.OfType<GridAxis>().Select(axis => axis.Name))}"
                + (Prompt.Length > 0 ? $": {Prompt}" : ""),
            _ => Prompt.Length > 0 ? Prompt : "(no prompt)",
        };

    /// <summary>Pictures that come of it; of a data set nobody knows before.</summary>
    [JsonIgnore]
    public int Pictures => Kind == JobKind.Grid ? (X?.Values.Count ?? 1) * (Y?.Values.Count ?? 1) * (Z?.Values.Count ?? 1) : Options.Count;
}

/// <summary>What a job does.</summary>
internal enum JobKind
{
    /// <summary>Pictures of one prompt.</summary>
    Generation,

    /// <summary>A table of pictures, of which rows and columns vary something.</summary>
    Grid,

    /// <summary>New pictures for a labelled data set.</summary>
    Augmentation,
}

/// <summary>What the rows or columns of a grid vary.</summary>
/// <param name="Dial">The name of a setting, as <c>guidance_scale</c>, or <c>prompt</c>.</param>
/// <param name="Values">Its values, one for each row or column, as they are typed.</param>
internal sealed record GridAxis(string Dial, IReadOnlyList<string> Values)
{
    /// <summary>The setting in the words of people.</summary>
    [JsonIgnore]
    public string Name => GenerationDials.Words(Dial);

    /// <summary>A value in the words of people.</summary>
    public string Caption(string value) => Dial == "prompt" ? value : GenerationDials.Caption(Dial, value);
}

/// <summary>Which data set is enlarged, and how.</summary>
/// <param name="Dataset">Name of a folder under the data sets' folder.</param>
/// <param name="Variants">New pictures of each.</param>
/// <param name="Prompts">Domains and their prompts.</param>
/// <param name="Limit">A trial of this many pictures, and nothing else of the data set; null for all of it.</param>
/// <param name="MinAgreement">Pictures below it are made again, and left out in the end; null keeps all.</param>
/// <param name="Split">Which part; null for the training part.</param>
internal sealed record AugmentationRequest(
    string Dataset,
    int Variants,
    IReadOnlyList<DomainPrompt> Prompts,
    int? Limit,
    double? MinAgreement,
    string? Split
)
{
    /// <summary>How a prompt is put together from <c>{caption}</c> and <c>{domain}</c>.</summary>
    public string Template { get; init; } = "{domain}";

    /// <summary>Words that are taken out of captions, because the domain says otherwise.</summary>
    public IReadOnlyList<string> CaptionRemove { get; init; } = [];
}

/// <summary>One row of a prompt matrix.</summary>
/// <param name="Domain">Its name, as <c>night</c>.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Weight">How often it is chosen against the others, above 0.</param>
internal sealed record DomainPrompt(string Domain, string Prompt, double Weight = 1);
