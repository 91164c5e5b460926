using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Lumen.Core.Tensors;

namespace Lumen.Training;

/// <summary>The entries of a <see cref="RunRecord"/> besides those of the recipe, and how settings become entries.</summary>
internal static class RunEntries
{
    /// <summary>Number and hash of the training pictures: names, contents, captions.</summary>
    public const string Pictures = "pictures";

    /// <summary>The same of the held-out pictures.</summary>
    public const string HeldOut = "held_out_pictures";

    /// <summary>Number and hash of the pairs: names and contents of variants and their sources.</summary>
    public const string Pairs = "pairs";

    /// <summary>Hash of the captions that a vocabulary was made of.</summary>
    public const string Vocabulary = "vocabulary";

    /// <summary>float32 or bfloat16.</summary>
    public const string Compute = "compute_type";

    /// <summary>Where a recipe computes, if not on the processor.</summary>
    public const string Device = "device";

    /// <summary>Hash of the basis of the layouts.</summary>
    public const string Basis = "basis";

    /// <summary>Hash of the vision transformer that layouts are read with.</summary>
    public const string Backbone = "backbone_weights";

    private static readonly JsonSerializerOptions Settings = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>A recipe, every entry written out.</summary>
    public static RunRecord Of(Recipe recipe) => RunRecord.Of(JsonSerializer.SerializeToNode(recipe, Settings)!);

    /// <summary>Any settings.</summary>
    public static JsonNode Node<T>(T settings) => JsonSerializer.SerializeToNode(settings, Settings)!;

    /// <summary>What weights are computed in.</summary>
    public static string Of(Placement placement) => $"{placement.Compute}".ToLowerInvariant();
}
