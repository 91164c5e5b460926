using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Lumen.Core.Checkpoints;
using Lumen.Files;

namespace Lumen.Generation;

/// <summary>
/// The sampling part of <see cref="GenerationOptions"/> among the other entries of a record: a PNG's, a manifest line's, the settings of a
/// folder. Options that the format had from its start are always there, later ones where they differ from their defaults, so that records
/// without them stay what they were.
/// </summary>
public static class GenerationOptionsJson
{
    // Records have entries of their own for these: of the picture, not of how it was sampled.
    private static readonly string[] Elsewhere = ["negative_prompt", "width", "height", "seed", "num_images_per_prompt", "batch_size"];

    private static readonly string[] Always =
    [
        "num_inference_steps",
        "scheduler",
        "eta",
        "guidance_scale",
        "controlnet_conditioning_scale",
        "control_guidance_start",
        "control_guidance_end",
    ];

    private static readonly JsonSerializerOptions Json = new()
    {
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private static IEnumerable<JsonPropertyInfo> Sampling =>
        Json.GetTypeInfo(typeof(GenerationOptions)).Properties.Where(property => !Elsewhere.Contains(property.Name));

    /// <summary>The key of a property, <c>guidance_scale</c> of <c>GuidanceScale</c>.</summary>
    public static string KeyOf(string property) =>
        Json.GetTypeInfo(typeof(GenerationOptions))
            .Properties.First(one => one.AttributeProvider is MemberInfo member && member.Name == property)
            .Name;

    /// <summary>Adds the entries.</summary>
    /// <param name="json">The record.</param>
    /// <param name="options">The options.</param>
    /// <param name="at">Number of entries before them; null puts them last.</param>
    public static void AddTo(JsonObject json, GenerationOptions options, int? at = null)
    {
        var (values, defaults) = (Node(options), Node(new GenerationOptions()));
        var next = at ?? json.Count;
        foreach (var name in Sampling.Select(property => property.Name))
        {
            var value = values[name];
            if (value is null || (!Always.Contains(name) && JsonNode.DeepEquals(value, defaults[name])))
                continue;
            values[name] = null;
            json.Insert(next++, name, value);
        }
    }

    /// <summary>Reads them; what is absent has its default.</summary>
    public static GenerationOptions Read(ConfigReader fields)
    {
        var json = new JsonObject();
        foreach (var property in Sampling)
        {
            if (!fields.Has(property.Name))
                continue;
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            json[property.Name] =
                type == typeof(int) ? fields.OptionalInt(property.Name, least: int.MinValue)
                : type == typeof(double) ? fields.OptionalNumber(property.Name)
                : type == typeof(ulong) ? fields.Natural(property.Name, 0)
                : type == typeof(bool) ? fields.Flag(property.Name, false)
                : fields.OptionalText(property.Name);
            if (json[property.Name] is null)
                json.Remove(property.Name); // a fault, which the reader reports
        }
        return json.Deserialize<GenerationOptions>(Json)!;
    }

    /// <summary>Reads them from an object that may hold other things beside them; what is absent has its default.</summary>
    /// <exception cref="LumenException">An entry is of the wrong kind.</exception>
    public static GenerationOptions Read(JsonEntry entry)
    {
        var all = entry.As<GenerationOptions>(Json);
        var own = new GenerationOptions();
        return all with
        {
            NegativePrompt = own.NegativePrompt,
            Width = null,
            Height = null,
            Seed = own.Seed,
            Count = own.Count,
            BatchSize = null,
        };
    }

    private static JsonObject Node(GenerationOptions options) => JsonSerializer.SerializeToNode(options, Json)!.AsObject();
}
