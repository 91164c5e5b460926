using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Files;

namespace Lumen.Datasets;

/// <summary>Writes COCO annotation files again with the new pictures in them. The new ids are larger than every id of every file, so they are unique wherever the files are used together.</summary>
internal sealed class CocoWriter(DatasetVariants variants, Func<string, int, string> variantName)
{
    private readonly Dictionary<long, List<(long Id, DatasetVariant Variant)>> _new = [];
    private long _image, _annotation;

    /// <summary>Notes the ids that a file uses.</summary>
    public void Reserve(string path)
    {
        foreach (var section in JsonSections.Read(path).Where(section => section.Kind == JsonSectionKind.Element && section.Entry.Value.ValueKind == JsonValueKind.Object))
        {
            if (!section.Entry.Value.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.Number || !id.TryGetInt64(out var number)) continue;
            if (section.Property == "images") _image = Math.Max(_image, number);
            if (section.Property == "annotations") _annotation = Math.Max(_annotation, number);
        }
    }

    /// <summary>Gives the new pictures of a part their ids.</summary>
    public void Begin(IEnumerable<(long Id, string Picture)> images)
    {
        _new.Clear();
        foreach (var (id, picture) in images)
            if (variants.Of(picture).Select(variant => (++_image, variant)).ToList() is { Count: > 0 } own) _new[id] = own;
    }

    /// <summary>Writes a file of the part begun last.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">The new one.</param>
    /// <param name="task"><c>captions</c>: a new picture gets one caption, its prompt.</param>
    public void Write(string from, string to, string task) => WholeFile.Write(to, stream =>
    {
        var captioned = new HashSet<long>();
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        foreach (var section in JsonSections.Read(from))
        {
            switch (section.Kind)
            {
                case JsonSectionKind.Value:
                    json.WritePropertyName(section.Property);
                    section.Entry.Value.WriteTo(json);
                    break;
                case JsonSectionKind.ArrayBegin:
                    json.WriteStartArray(section.Property);
                    break;
                case JsonSectionKind.ArrayEnd:
                    json.WriteEndArray();
                    break;
                default:
                    if (variants.WithOriginals || section.Property is not ("images" or "annotations")) section.Entry.Value.WriteTo(json);
                    foreach (var copy in Copies(section, task == "captions" ? captioned : null)) copy.WriteTo(json);
                    if (json.BytesPending > 1 << 16) json.Flush();
                    break;
            }
        }
        json.WriteEndObject();
    });

    private IEnumerable<JsonObject> Copies(JsonSection section, HashSet<long>? captioned)
    {
        var key = section.Property switch { "images" => "id", "annotations" => "image_id", _ => null };
        if (key is null || !section.Entry.Value.TryGetProperty(key, out var id) || !_new.TryGetValue(id.GetInt64(), out var own)) yield break;
        if (section.Property == "annotations" && captioned?.Add(id.GetInt64()) == false) yield break;
        foreach (var (image, variant) in own)
        {
            var copy = JsonObject.Create(section.Entry.Value)!;
            copy[key] = image;
            if (section.Property == "images")
            {
                copy["file_name"] = WithEndingOf(variantName(copy["file_name"]!.GetValue<string>(), variant.Number), variant.Picture);
                copy["lumen_generated"] = true;
            }
            else
            {
                if (copy.ContainsKey("id")) copy["id"] = ++_annotation;
                if (copy["file_name"] is { } mask) copy["file_name"] = variantName(mask.GetValue<string>(), variant.Number);
                if (captioned is not null) copy["caption"] = variant.Prompt;
            }
            yield return copy;
        }
    }

    private static string WithEndingOf(string name, string other) => DatasetTree.Stem(name) + Path.GetExtension(other);
}
