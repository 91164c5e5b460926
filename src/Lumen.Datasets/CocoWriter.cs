using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Files;

namespace Lumen.Datasets;

/// <summary>
/// Writes COCO annotation files again with the new pictures in them. What was there stays as it was written; the new ids are used in no
/// file, so they are unique wherever the files are used together. Ids that are text get text.
/// </summary>
internal sealed class CocoWriter(DatasetVariants variants, Func<string, int, string> variantName)
{
    private const long LargestId = long.MaxValue - (1L << 40); // room for the new ones
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Dictionary<string, List<(string Id, DatasetVariant Variant)>> _new = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal); // ids that are no numbers
    private readonly HashSet<string> _dropped = new(StringComparer.Ordinal);
    private long _image,
        _annotation;

    /// <summary>Notes the ids that a file uses.</summary>
    public void Reserve(string path)
    {
        foreach (
            var section in JsonSections
                .Read(path)
                .Where(section =>
                    section is { Kind: JsonSectionKind.Element, Property: "images" or "annotations", Entry.Kind: JsonValueKind.Object }
                )
        )
        {
            if (section.Entry["id"] is not { } entry || entry.TryId() is not { } id)
                continue;
            if (!TryNumber(id, out var number))
                _names.Add(id);
            else if (number > LargestId)
                throw entry.Fault($"an id below {LargestId}, so that new pictures can have larger ones,");
            else if (section.Property == "images")
                _image = Math.Max(_image, number);
            else
                _annotation = Math.Max(_annotation, number);
        }
    }

    /// <summary>Gives the new pictures of a part their ids.</summary>
    public void Begin(IEnumerable<(string Id, string Picture)> images)
    {
        _new.Clear();
        _dropped.Clear();
        foreach (var (id, picture) in images)
        {
            if (!variants.Keeps(picture))
                _dropped.Add(id);
            if (variants.Of(picture).Select(variant => (NewId(id, ref _image, variant.Number), variant)).ToList() is { Count: > 0 } own)
                _new[id] = own;
        }
    }

    /// <summary>Writes a file of the part begun last.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">The new one.</param>
    /// <param name="task"><c>captions</c>: a new picture gets one caption, its prompt.</param>
    public void Write(string from, string to, string task) =>
        AtomicFile.Write(
            to,
            stream =>
            {
                var captioned = new HashSet<string>(StringComparer.Ordinal);
                using var json = new Utf8JsonWriter(
                    stream,
                    new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
                );
                json.WriteStartObject();
                foreach (var section in JsonSections.Read(from))
                {
                    switch (section.Kind)
                    {
                        case JsonSectionKind.Value:
                            json.WritePropertyName(section.Property);
                            json.WriteRawValue(section.Entry.Raw(), skipInputValidation: true); // NaN stays NaN
                            break;
                        case JsonSectionKind.ArrayBegin:
                            json.WriteStartArray(section.Property);
                            break;
                        case JsonSectionKind.ArrayEnd:
                            json.WriteEndArray();
                            break;
                        default:
                            if (IsKept(section))
                                json.WriteRawValue(section.Entry.Raw(), skipInputValidation: true);
                            foreach (var copy in Copies(section, task == "captions" ? captioned : null))
                                json.WriteRawValue(Encoding.UTF8.GetBytes(JsonFile.ToText(copy, Relaxed)), skipInputValidation: true);
                            if (json.BytesPending > 1 << 16)
                                json.Flush();
                            break;
                    }
                }
                json.WriteEndObject();
            }
        );

    // With a limit, originals that are not copied are not listed either.
    private bool IsKept(JsonSection section)
    {
        var key = section.Property switch
        {
            "images" => "id",
            "annotations" => "image_id",
            _ => null,
        };
        if (key is null || variants.KeepsAll)
            return true;
        if (variants.KeepsNone)
            return false;
        return !(section.Entry.Kind == JsonValueKind.Object && section.Entry[key]?.TryId() is { } id && _dropped.Contains(id));
    }

    private IEnumerable<JsonObject> Copies(JsonSection section, HashSet<string>? captioned)
    {
        var key = section.Property switch
        {
            "images" => "id",
            "annotations" => "image_id",
            _ => null,
        };
        if (
            key is null
            || section.Entry.Kind != JsonValueKind.Object
            || section.Entry[key] is not { } entry
            || entry.TryId() is not { } id
            || !_new.TryGetValue(id, out var own)
        )
            yield break;
        if (section.Property == "annotations" && captioned?.Add(id) == false)
            yield break;
        foreach (var (image, variant) in own)
        {
            var copy = section.Entry.ToObject();
            copy[key] = Value(image, like: entry);
            if (section.Property == "images")
            {
                copy["file_name"] = WithEndingOf(variantName(CocoCheck.FileName(section.Entry), variant.Number), variant.Picture);
                copy["lumen_generated"] = true;
            }
            else
            {
                if (section.Entry["id"] is { } before)
                    copy["id"] = Value(NewId(before.TryId() ?? "", ref _annotation, variant.Number), like: before);
                if (section.Entry["file_name"]?.TryText() is { } mask)
                    copy["file_name"] = variantName(mask, variant.Number);
                if (captioned is not null)
                    copy["caption"] = variant.Prompt;
            }
            yield return copy;
        }
    }

    // "000012" is followed by "000013"; "aachen_000000" has the copy "aachen_000000_lumen0".
    private string NewId(string source, ref long last, int variant)
    {
        if (source.Length == 0 || TryNumber(source, out _))
            return (++last).ToString(CultureInfo.InvariantCulture).PadLeft(source.StartsWith('0') ? source.Length : 0, '0');
        var id = $"{source}_lumen{variant}";
        while (!_names.Add(id))
            id += "_";
        return id;
    }

    private static JsonNode Value(string id, JsonEntry like) =>
        like.Kind != JsonValueKind.String && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? JsonValue.Create(number)
            : JsonValue.Create(id);

    private static bool TryNumber(string id, out long number) =>
        long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static string WithEndingOf(string name, string other) => DatasetTree.Stem(name) + Path.GetExtension(other);
}
