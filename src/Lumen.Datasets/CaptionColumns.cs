using System.Text.Json.Nodes;

namespace Lumen.Datasets;

/// <summary>Where captions stand in metadata: under one of the usual names, or the one that the user gives.</summary>
internal static class CaptionColumns
{
    /// <summary>The usual names, the best first.</summary>
    public static readonly string[] Usual =
    [
        "text",
        "caption",
        "captions",
        "prompt",
        "prompts",
        "description",
        "descriptions",
        "sentence",
        "sentences",
        "txt",
        "texts",
        "raw_caption",
        "blip_caption",
        "image_caption",
        "long_caption",
        "short_caption",
        "alt_text",
    ];

    /// <summary>The name of the column with the caption, as it is written in this row; null where there is none.</summary>
    public static string? In(JsonObject row, string? asked) =>
        asked is not null
            ? row.ContainsKey(asked)
                ? asked
                : null
            : Usual
                .Select(name =>
                    row.Select(pair => pair.Key)
                        .FirstOrDefault(key => string.Equals(key, name, StringComparison.OrdinalIgnoreCase) && TextOf(row[key]) is not null)
                )
                .FirstOrDefault(key => key is not null);

    /// <summary>The caption of a row; of a list the first. Null where there is none.</summary>
    public static string? Of(JsonObject row, string? asked) => In(row, asked) is { } name ? TextOf(row[name]) : null;

    private static string? TextOf(JsonNode? value) =>
        value switch
        {
            JsonValue one when one.TryGetValue(out string? text) && !string.IsNullOrWhiteSpace(text) => text.Trim(),
            JsonArray list => list.Select(TextOf).FirstOrDefault(text => text is not null),
            _ => null,
        };
}
