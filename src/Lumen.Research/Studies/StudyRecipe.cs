using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Scenes;

namespace Lumen.Research.Studies;

/// <summary>An exact study as a file: what <c>lumen study</c> runs again.</summary>
public sealed partial record StudyRecipe
{
    internal static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private static readonly Dictionary<string, string> Advice = new(StringComparer.Ordinal)
    {
        ["model"] = "The model is not a recipe's: give it with `Model`.",
        ["output_dir"] = "The output folder is not a recipe's: give it with `OutputDir`.",
        ["adapter"] = "Adapters are a list, \"adapters\", of objects with name and adapter.",
        ["seed"] = "There are seeds, the number of pictures of each reference, scene_seed and rotation_seed.",
    };

    /// <summary>Which study: <c>conditions</c>, <c>components</c>, ...</summary>
    public required string Study { get; init; }

    /// <summary>
    /// Where to compute: <c>cuda</c>, <c>cuda:1</c>, <c>mps</c>, or <c>auto</c> for the first that is there; null for the processor.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>
    /// The adapters; the first one is the study's main one. Folders that do not exist are left out with a reason in the report.
    /// </summary>
    public IReadOnlyList<StudyAdapterEntry> Adapters { get; init; } = [];

    /// <summary>Folder of the perception network that evaluates pictures; null or absent: what needs one is left out.</summary>
    public string? Judge { get; init; }

    /// <summary>A data set whose held-out pictures are the references; null for rendered streets.</summary>
    public StudyData? Data { get; init; }

    /// <summary>Held-out pictures that are references.</summary>
    public int References { get; init; } = 200;

    /// <summary>Pictures a reference and condition, each from noise of its own: seeds 1...n, the same for every condition.</summary>
    public int Seeds { get; init; } = 2;

    /// <summary>How pictures are generated; seeds, sizes and numbers of pictures are the study's own.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>Pictures generated at once.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>References in one unit of work: what is lost at most when the process is killed.</summary>
    public int Chunk { get; init; } = 8;

    /// <summary>Seed of the scenes; the test split shares no layout with training under any seed.</summary>
    public ulong SceneSeed { get; init; } = 1;

    /// <summary>How much rendered streets show: as much as those that the model was trained on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public SceneDetail SceneDetail { get; init; }

    /// <summary>
    /// Numbers of components to compare (components, leak); those that an adapter does not have are left out, its largest is always there.
    /// </summary>
    public IReadOnlyList<int> Components { get; init; } = [];

    /// <summary>Settings to compare (dial); the first one is the main one.</summary>
    public IReadOnlyList<DialPoint> Dial { get; init; } = [];

    /// <summary>Seed of the random rotation (rotation).</summary>
    public ulong RotationSeed { get; init; } = 1;

    /// <summary>
    /// Real renders that the classifiers of time, weather and palette learn from; a quarter as many again measure how good they are.
    /// </summary>
    public int ClassifierScenes { get; init; } = 2000;

    /// <summary>Draws of the bootstrap behind every interval.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>References on the contact sheet.</summary>
    public int SheetRows { get; init; } = 6;

    /// <summary>What is trained and compared (augmentation).</summary>
    public AugmentationStudyOptions? Augmentation { get; init; }

    /// <summary>Reads a recipe file.</summary>
    /// <exception cref="LumenException">The file is absent, not JSON, or has an entry that is not known or of the wrong kind.</exception>
    public static StudyRecipe Read(string path)
    {
        if (!File.Exists(path))
            throw new LumenException(
                $"There is no recipe at {path}. Those of the studies are recipes/study-*.json; \"lumen study list\" names them."
            );
        return RecipeFile.Read<StudyRecipe>(path, Strict, Advice).WithSection();
    }

    /// <summary>
    /// What of <see cref="Generation"/> differs from the defaults besides steps, guidance and conditioning scale, as JSON; empty if nothing
    /// does.
    /// </summary>
    internal string FurtherGeneration
    {
        get
        {
            var own = new GenerationOptions();
            var further = Generation with
            {
                NumInferenceSteps = own.NumInferenceSteps,
                GuidanceScale = own.GuidanceScale,
                ConditioningScale = own.ConditioningScale,
            };
            return further == own ? "" : JsonSerializer.Serialize(further, Strict);
        }
    }

    // Recipes may have these outside of the section, where earlier versions had them.
    [JsonInclude, JsonPropertyName("steps")]
    private int? Steps { get; init; }

    [JsonInclude, JsonPropertyName("guidance_scale")]
    private double? GuidanceScale { get; init; }

    [JsonInclude, JsonPropertyName("strength")]
    private double? ConditioningScale { get; init; }

    private StudyRecipe WithSection() =>
        this with
        {
            Generation = Generation with
            {
                NumInferenceSteps = Steps ?? Generation.NumInferenceSteps,
                GuidanceScale = GuidanceScale ?? Generation.GuidanceScale,
                ConditioningScale = ConditioningScale ?? Generation.ConditioningScale,
            },
            Steps = null,
            GuidanceScale = null,
            ConditioningScale = null,
        };

    /// <summary>The recipe as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Strict);

    /// <summary>Refuses values out of range, all of them in one message.</summary>
    /// <exception cref="LumenException">A value is out of range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Need(References is >= 2 and <= 100_000, $"references must be 2 to 100000 but is {References}.");
        Need(Seeds is >= 1 and <= 64, $"seeds must be 1 to 64 but is {Seeds}.");
        faults.AddRange(Generation.Faults().Select(fault => fault.Sentence(GenerationOptionsJson.KeyOf)));
        var own = new GenerationOptions();
        Need(
            (Generation.Seed, Generation.Count, Generation.BatchSize) == (own.Seed, own.Count, null)
                && (Generation.Width, Generation.Height, Generation.Components) == (null, null, null),
            "generation must not hold seed, num_images_per_prompt, batch_size, width, height or components: these are the study's own."
        );
        Need(BatchSize is >= 1 and <= 1024, $"batch_size must be 1 to 1024 but is {BatchSize}.");
        Need(Chunk is >= 1 and <= 1024, $"chunk must be 1 to 1024 but is {Chunk}.");
        Need(ClassifierScenes is >= 8 and <= 1_000_000, $"classifier_scenes must be 8 to 1000000 but is {ClassifierScenes}.");
        Need(Resamples is >= 10 and <= 1_000_000, $"resamples must be 10 to 1000000 but is {Resamples}.");
        Need(SheetRows is >= 0 and <= 64, $"sheet_rows must be 0 to 64 but is {SheetRows}.");
        Need(Components.All(count => count >= 1), $"components must be 1 or more each but are {string.Join(", ", Components)}.");
        foreach (var entry in Adapters)
        {
            Need(
                PlainName().IsMatch(entry.Name),
                $"The adapter name \"{entry.Name}\" must be small letters, digits and dashes: it names files."
            );
            Need(entry.Components is null or >= 1, $"components of the adapter {entry.Name} must be 1 or more but is {entry.Components}.");
        }
        var twice = Adapters.GroupBy(entry => entry.Name).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        Need(twice.Length == 0, $"The adapter name {string.Join(", ", twice)} is given more than once.");
        foreach (var point in Dial)
        {
            Need(
                PlainName().IsMatch(point.Name) && !ComparisonReport.Ceilings.Any(ceiling => ceiling.Id == point.Name),
                $"The setting \"{point.Name}\" of dial must be small letters, digits and dashes, and none of "
                    + $"{string.Join(", ", ComparisonReport.Ceilings.Select(ceiling => ceiling.Id))}: it names files."
            );
            Need(point.Components is null or >= 1, $"components of the setting {point.Name} must be 1 or more but is {point.Components}.");
            faults.AddRange(
                point.Of(Generation).Faults().Select(fault => $"Setting {point.Name}: {fault.Sentence(GenerationOptionsJson.KeyOf)}")
            );
        }
        var repeated = Dial.GroupBy(point => point.Name).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        Need(repeated.Length == 0, $"The setting {string.Join(", ", repeated)} of dial is given more than once.");
        if (faults.Count > 0)
            throw new LumenException($"The recipe of the study {Study} cannot be used. {string.Join(" ", faults)}");

        void Need(bool good, string fault)
        {
            if (!good)
                faults.Add(fault);
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]*$")]
    private static partial Regex PlainName();
}

/// <summary>An adapter that a recipe names.</summary>
public sealed record StudyAdapterEntry
{
    /// <summary>Its name in tables and files: small letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder: relative to the current folder or, where it is not there, to the folder above the recipe's.</summary>
    public required string Adapter { get; init; }

    /// <summary>Weights of the vision transformer that its layouts are read with; null where that is the base model itself.</summary>
    public string? BackboneWeights { get; init; }

    /// <summary>The one number of components that it was trained for; null for an adapter that serves every number.</summary>
    public int? Components { get; init; }
}
