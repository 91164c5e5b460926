using System.Text.Json;

namespace Lumen.Datasets;

/// <summary>A piece of a JSON object: a whole value, or an array's begin, one element, or end.</summary>
/// <param name="Kind">Which piece.</param>
/// <param name="Property">The top-level property it belongs to.</param>
/// <param name="Value">The value or element.</param>
internal readonly record struct JsonSection(JsonSectionKind Kind, string Property, JsonElement Value = default);
