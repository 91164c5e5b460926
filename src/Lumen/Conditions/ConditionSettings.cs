using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Files;

namespace Lumen.Conditions;

/// <summary>
/// Which condition leads an adapter, and how it is made: a section of recipes, and <c>lumen/condition.json</c> in an adapter's folder.
/// </summary>
public sealed record ConditionSettings
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
    };

    /// <summary>What leads the adapter.</summary>
    public ConditionKind Kind { get; init; }

    /// <summary>Canny: gradients above this continue an edge; null: 100.</summary>
    public double? LowThreshold { get; init; }

    /// <summary>Canny: gradients above this begin an edge; null: 200.</summary>
    public double? HighThreshold { get; init; }

    /// <summary>Soft edges: smoothing in pixels; null: 1.</summary>
    public double? Sigma { get; init; }

    /// <summary>Label map: number of classes; in a recipe null means those of the data set.</summary>
    public int? Classes { get; init; }

    /// <summary>Label map: label of pixels without a class; null: 255.</summary>
    public int? Ignore { get; init; }

    /// <summary>The condition's name in files: <c>label_map</c>.</summary>
    [JsonIgnore]
    public string Name => JsonNamingPolicy.SnakeCaseLower.ConvertName(Kind.ToString());

    /// <summary>True if the picture alone gives the condition.</summary>
    [JsonIgnore]
    public bool NeedsPictureOnly => Kind is ConditionKind.Layout or ConditionKind.Canny or ConditionKind.SoftEdge;

    /// <summary>The producer; numbers that are not given have their defaults.</summary>
    /// <exception cref="LumenException">A number is out of range, or one is given that belongs to another kind.</exception>
    /// <exception cref="InvalidOperationException">The kind is the layout, which needs a basis.</exception>
    public RasterCondition ToCondition()
    {
        RefuseForeignSettings();
        if (Sigma is not (null or (>= 0.1 and <= 100)))
            throw new LumenException($"sigma must be 0.1 to 100 but is {Sigma}.");
        return Kind switch
        {
            ConditionKind.LabelMap => new LabelMapCondition(
                Classes ?? throw new LumenException("A label map needs \"classes\", the number of its classes."),
                Ignore ?? 255
            ),
            ConditionKind.Canny => new CannyCondition(LowThreshold ?? 100, HighThreshold ?? 200),
            ConditionKind.SoftEdge => new SoftEdgeCondition(null, Sigma ?? 1),
            ConditionKind.Depth => new DepthCondition(),
            ConditionKind.Normal => new NormalCondition(),
            _ => throw new InvalidOperationException("A neural layout is made by a basis."),
        };
    }

    /// <summary>The same settings with every number of the kind written out.</summary>
    /// <param name="classes">Classes of the data set, for a label map that does not say; null where they are not known.</param>
    /// <param name="ignore">The label that belongs to no class, with these classes.</param>
    public ConditionSettings Filled(int? classes, int ignore = 255) =>
        Kind switch
        {
            ConditionKind.LabelMap => this with { Classes = Classes ?? classes, Ignore = Ignore ?? (Classes is null ? ignore : 255) },
            ConditionKind.Canny => this with { LowThreshold = LowThreshold ?? 100, HighThreshold = HighThreshold ?? 200 },
            ConditionKind.SoftEdge => this with { Sigma = Sigma ?? 1 },
            _ => this,
        };

    /// <summary>Refuses numbers that belong to another kind.</summary>
    /// <exception cref="LumenException">Names them.</exception>
    public void RefuseForeignSettings()
    {
        var foreign = new (string Name, bool Given, ConditionKind Kind)[]
        {
            ("low_threshold", LowThreshold is not null, ConditionKind.Canny),
            ("high_threshold", HighThreshold is not null, ConditionKind.Canny),
            ("sigma", Sigma is not null, ConditionKind.SoftEdge),
            ("classes", Classes is not null, ConditionKind.LabelMap),
            ("ignore", Ignore is not null, ConditionKind.LabelMap),
        }
            .Where(setting => setting.Given && setting.Kind != Kind)
            .Select(setting => setting.Name)
            .ToArray();
        if (foreign.Length > 0)
            throw new LumenException(
                $"The condition {Name} has no setting {string.Join(", ", foreign)}. Leave it out, or choose another kind."
            );
    }

    /// <summary>These settings as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Writes <c>lumen/condition.json</c> into an adapter's folder.</summary>
    public void Save(string folder) => AtomicFile.Write(FileIn(folder), System.Text.Encoding.UTF8.GetBytes(ToJson() + "\n"));

    /// <summary>Reads what <see cref="Save"/> wrote; null if the folder has no such file.</summary>
    /// <exception cref="LumenException">The file is damaged.</exception>
    public static ConditionSettings? Load(string folder)
    {
        try
        {
            return File.Exists(FileIn(folder)) ? JsonFile.Read(FileIn(folder)).As<ConditionSettings>(Json) : null;
        }
        catch (LumenException fault)
        {
            throw new LumenException($"{FileIn(folder)} cannot be used: {fault.Message} Copy the adapter again.", fault);
        }
    }

    private static string FileIn(string folder) => Path.Combine(folder, "lumen", "condition.json");
}
