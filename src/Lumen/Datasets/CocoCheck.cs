using System.Text.Json;
using Lumen.Core.Files;

namespace Lumen.Datasets;

/// <summary>What can be wrong in a COCO annotation file itself.</summary>
internal static class CocoCheck
{
    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it.</param>
    public static IEnumerable<DatasetFault> Run(string path, string name)
    {
        var (images, names, categories) = (new HashSet<long>(), new HashSet<string>(StringComparer.Ordinal), new HashSet<long>());
        foreach (var section in JsonSections.Read(path).Where(section => section.Kind == JsonSectionKind.Element))
        {
            if (section.Property == "categories" && Number(section.Entry.Value, "id") is { } category) categories.Add(category);
            if (section.Property != "images") continue;
            if (Number(section.Entry.Value, "id") is not { } id || !section.Entry.Value.TryGetProperty("file_name", out var file) || file.ValueKind != JsonValueKind.String)
                yield return Fault(DatasetFaultKind.BadList, name, $"{name}: an image has no \"id\" or no \"file_name\": {Short(section.Entry.Value)}");
            else if (!images.Add(id)) yield return Fault(DatasetFaultKind.DuplicateStem, file.GetString()!, $"{name}: the image id {id} is used twice");
            else if (!names.Add(file.GetString()!)) yield return Fault(DatasetFaultKind.DuplicateStem, file.GetString()!, $"{name}: {file.GetString()} is listed twice");
        }
        var annotations = new HashSet<long>();
        foreach (var one in JsonSections.Elements(path, "annotations").Select(entry => entry.Value))
        {
            var id = Number(one, "id");
            var what = id is null ? $"an annotation {Short(one)}" : $"the annotation {id}";
            if (Number(one, "image_id") is not { } image || !images.Contains(image))
                yield return Fault(DatasetFaultKind.BadAnnotation, name, $"{name}: {what} belongs to the image {Number(one, "image_id")?.ToString() ?? "(none)"}, which is not listed");
            if (id is { } number && !annotations.Add(number)) yield return Fault(DatasetFaultKind.BadAnnotation, name, $"{name}: the annotation id {number} is used twice");
            foreach (var category in Categories(one).Where(category => categories.Count > 0 && !categories.Contains(category)))
                yield return Fault(DatasetFaultKind.IdOutsideClasses, name, $"{name}: {what} has the category {category}, which is not listed");
        }
    }

    private static IEnumerable<long> Categories(JsonElement annotation)
    {
        if (Number(annotation, "category_id") is { } own) yield return own;
        if (!annotation.TryGetProperty("segments_info", out var segments) || segments.ValueKind != JsonValueKind.Array) yield break;
        foreach (var segment in segments.EnumerateArray())
            if (Number(segment, "category_id") is { } id) yield return id;
    }

    private static long? Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    private static string Short(JsonElement element) => element.GetRawText() is var text && text.Length > 60 ? text[..60] + "..." : element.GetRawText();

    private static DatasetFault Fault(DatasetFaultKind kind, string item, string message) => new(kind, item, message + ".");
}
