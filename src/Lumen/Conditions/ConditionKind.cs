using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lumen.Conditions;

/// <summary>
/// What leads an adapter, by name. The built-in kinds are the static properties; a kind of your own is a new name with a
/// <see cref="ConditionType"/> in a <see cref="ConditionRegistry"/>.
/// </summary>
[JsonConverter(typeof(JsonConverter))]
public readonly record struct ConditionKind
{
    private readonly string? _name; // null is the layout, so that it is the default

    /// <summary>A kind.</summary>
    /// <param name="name">Snake case, as files have it: <c>label_map</c>.</param>
    /// <exception cref="LumenException">The name is not in snake case.</exception>
    public ConditionKind(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetterLower(name[0]) || !name.All(letter => IsAllowed(letter)))
            throw new LumenException(
                LumenErrorKind.Option,
                $"A condition is named in snake case, such as label_map, but \"{name}\" is not."
            );
        _name = name == "layout" ? null : name;
    }

    /// <summary>The neural layout: no labels, no estimator.</summary>
    public static ConditionKind Layout => default;

    /// <summary>Semantic classes, one channel each.</summary>
    public static ConditionKind LabelMap => new("label_map");

    /// <summary>Thin edges, yes or no (Canny 1986).</summary>
    public static ConditionKind Canny => new("canny");

    /// <summary>Edges with a strength.</summary>
    public static ConditionKind SoftEdge => new("soft_edge");

    /// <summary>Relative inverse depth.</summary>
    public static ConditionKind Depth => new("depth");

    /// <summary>Surface normals.</summary>
    public static ConditionKind Normal => new("normal");

    /// <summary>The name in files.</summary>
    public string Name => _name ?? "layout";

    /// <summary>The name in sentences: <c>label map</c>.</summary>
    public string Words => Name.Replace('_', ' ');

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static bool IsAllowed(char letter) => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_';

    private sealed class JsonConverter : JsonConverter<ConditionKind>
    {
        public override ConditionKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String)
                throw new JsonException("Expected the name of a condition, such as label_map.");
            try
            {
                return new ConditionKind(reader.GetString()!);
            }
            catch (LumenException fault)
            {
                throw new JsonException(fault.Message, fault);
            }
        }

        public override void Write(Utf8JsonWriter writer, ConditionKind value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Name);
    }
}
