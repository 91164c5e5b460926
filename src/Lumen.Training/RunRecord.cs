using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Files;

namespace Lumen.Training;

/// <summary>
/// What a training run depends on, by name: recipe after flags, pictures and captions, models, basis. Every checkpoint holds it, so that a
/// run that continues is the same run.
/// </summary>
/// <param name="Entries">Values as people read them; what is nothing has no entry.</param>
public sealed record RunRecord(IReadOnlyDictionary<string, string> Entries)
{
    /// <summary>Where it is kept in a checkpoint: among the strings of the file.</summary>
    internal const string Key = "lumen.run";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A value; null where there is none.</summary>
    public string? this[string entry] => Entries.GetValueOrDefault(entry);

    /// <summary>The record with one more entry.</summary>
    public RunRecord With(string entry, string value) =>
        new(new Dictionary<string, string>(Entries, StringComparer.Ordinal) { [entry] = value });

    /// <summary>Settings as a record: the entry of a section is called <c>section.entry</c>.</summary>
    /// <param name="settings">An object; null and empty sections have no entry.</param>
    internal static RunRecord Of(JsonNode settings)
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Add(settings, "");
        return new RunRecord(entries);

        void Add(JsonNode? node, string name)
        {
            if (node is JsonObject section)
                foreach (var (key, value) in section)
                    Add(value, name.Length == 0 ? key : $"{name}.{key}");
            else if (node is JsonArray or JsonValue)
                entries[name] =
                    node is JsonValue value && value.GetValueKind() == JsonValueKind.String
                        ? value.GetValue<string>()
                        : node.ToJsonString(Readable);
        }
    }

    /// <summary>As JSON: one object of strings.</summary>
    internal string ToJson() =>
        JsonSerializer.Serialize(Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToDictionary(), Readable);

    /// <summary>Reads <see cref="ToJson"/>.</summary>
    /// <exception cref="LumenException">It is no such object.</exception>
    internal static RunRecord Parse(string json, string name) =>
        new(JsonFile.Parse(json, name).Entries().ToDictionary(entry => entry.Name, entry => entry.Value.Text(), StringComparer.Ordinal));
}
