using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Lumen.Files;

namespace Lumen.Conditions;

/// <summary>
/// Which condition an adapter has, and how it is made: a section of recipes, and <c>lumen/condition.json</c> in an adapter's folder.
/// </summary>
public sealed record ConditionSettings
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    /// <summary>The kind of condition.</summary>
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

    /// <summary>Settings of a condition that is not built in, as its <see cref="ConditionType"/> reads them; null for none.</summary>
    public JsonObject? Parameters { get; init; }

    /// <summary>The condition's name in files: <c>label_map</c>.</summary>
    [JsonIgnore]
    public string Name => Kind.Name;

    /// <summary>The producer; numbers that are not given have their defaults.</summary>
    /// <param name="conditions">The conditions that are known; null for the built-in ones.</param>
    /// <exception cref="LumenException">There is no such condition, a number is out of range, or one is given that belongs to another
    /// kind.</exception>
    public RasterCondition ToCondition(ConditionRegistry? conditions = null) => (conditions ?? ConditionRegistry.BuiltIn).Create(this);

    /// <summary>The same settings with every number of the kind written out.</summary>
    /// <param name="classes">Classes of the data set, for a label map that does not say; null where they are not known.</param>
    /// <param name="ignore">The label that belongs to no class, with these classes.</param>
    public ConditionSettings Filled(int? classes, int ignore = 255) =>
        Kind == ConditionKind.LabelMap ? this with { Classes = Classes ?? classes, Ignore = Ignore ?? (Classes is null ? ignore : 255) }
        : Kind == ConditionKind.Canny ? this with { LowThreshold = LowThreshold ?? 100, HighThreshold = HighThreshold ?? 200 }
        : Kind == ConditionKind.SoftEdge ? this with { Sigma = Sigma ?? 1 }
        : this;

    /// <summary>Refuses settings that belong to another kind, and a smoothing out of range.</summary>
    /// <exception cref="LumenException">Names them.</exception>
    public void RefuseForeignSettings()
    {
        var isBuiltIn = Kind == ConditionKind.Layout || ConditionRegistry.BuiltIn.Types.Any(type => type.Kind == Kind);
        var foreign = new (string Name, bool Given, bool IsOwn)[]
        {
            ("low_threshold", LowThreshold is not null, Kind == ConditionKind.Canny),
            ("high_threshold", HighThreshold is not null, Kind == ConditionKind.Canny),
            ("sigma", Sigma is not null, Kind == ConditionKind.SoftEdge),
            ("classes", Classes is not null, Kind == ConditionKind.LabelMap),
            ("ignore", Ignore is not null, Kind == ConditionKind.LabelMap),
            ("parameters", Parameters is not null, !isBuiltIn),
        }
            .Where(setting => setting.Given && !setting.IsOwn)
            .Select(setting => setting.Name)
            .ToArray();
        if (foreign.Length > 0)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The condition {Name} has no setting {string.Join(", ", foreign)}. Leave it out, or choose another kind."
            );
        if (Sigma is not (null or (>= 0.1 and <= 100)))
            throw new LumenException(LumenErrorKind.Option, FormattableString.Invariant($"sigma must be 0.1 to 100 but is {Sigma}."));
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
