using System.Text.Json;

namespace Lumen.Models.Text;

/// <summary>What <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> say.</summary>
internal sealed record ClipTokenizerSettings(int MaxLength, string Begin, string End, string Pad, string Unknown)
{
    private const int PublishedLength = 77;

    /// <summary>Longer than any text encoder of this family; "unlimited" is written as 1e30.</summary>
    private const double LongestLength = 4096;

    /// <summary>
    /// Older transformers let special_tokens_map.json win over tokenizer_config.json (SD 2.1 relies on it: its pad "!" stands only there); files that
    /// list <c>added_tokens_decoder</c> are complete in themselves.
    /// </summary>
    public static ClipTokenizerSettings From(JsonElement config, JsonElement map)
    {
        var complete = config.ValueKind == JsonValueKind.Object && config.TryGetProperty("added_tokens_decoder", out _);
        JsonElement[] sources = complete ? [config, map] : [map, config];
        var end = Token(sources, "eos_token") ?? "<|endoftext|>";
        return new ClipTokenizerSettings(
            Length(config),
            Token(sources, "bos_token") ?? "<|startoftext|>",
            end,
            Token(sources, "pad_token") ?? end,
            Token(sources, "unk_token") ?? end);
    }

    private static int Length(JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty("model_max_length", out var value)) return PublishedLength;
        return value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 2 and <= LongestLength ? (int)value.GetDouble() : PublishedLength;
    }

    // A token is a string, or an object that holds it as "content".
    private static string? Token(JsonElement[] sources, string key)
    {
        foreach (var source in sources)
        {
            if (source.ValueKind != JsonValueKind.Object || !source.TryGetProperty(key, out var value)) continue;
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content)) value = content;
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } token) return token;
        }

        return null;
    }
}
