namespace Lumen.Files;

/// <summary>A piece of a JSON object: a whole value, or an array's begin, one element, or end.</summary>
/// <param name="Kind">Which piece.</param>
/// <param name="Property">The top-level property it belongs to.</param>
/// <param name="Entry">The value or element, and its place.</param>
public readonly record struct JsonSection(JsonSectionKind Kind, string Property, JsonEntry Entry = default);
