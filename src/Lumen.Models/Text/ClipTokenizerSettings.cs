using System.Text.Json;
using Lumen.Files;

namespace Lumen.Models.Text;

/// <summary>What <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> say.</summary>
internal sealed record ClipTokenizerSettings(int MaxLength, string Begin, string End, string Pad, string Unknown)
{
    private const int PublishedLength = 77;

    /// <summary>Longer than any text encoder of this family; "unlimited" is written as 1e30.</summary>
    private const double LongestLength = 4096;

    /// <summary>
    /// Older transformers let special_tokens_map.json win over tokenizer_config.json (SD 2.1 relies on it: its pad "!" stands only there);
    /// files that list <c>added_tokens_decoder</c> are complete in themselves.
    /// </summary>
    public static ClipTokenizerSettings From(JsonEntry? config, JsonEntry? map)
    {
        var complete = config?["added_tokens_decoder"] is not null;
        JsonEntry?[] sources = complete ? [config, map] : [map, config];
        var end = Token(sources, "eos_token") ?? "<|endoftext|>";
        return new ClipTokenizerSettings(
            Length(config),
            Token(sources, "bos_token") ?? "<|startoftext|>",
            end,
            Token(sources, "pad_token") ?? end,
            Token(sources, "unk_token") ?? end
        );
    }

    private static int Length(JsonEntry? config) =>
        config?["model_max_length"] is { Kind: JsonValueKind.Number } value && value.Number() is >= 2 and <= LongestLength and var length
            ? (int)length
            : PublishedLength;

    // A token is a string, or an object that holds it as "content".
    private static string? Token(JsonEntry?[] sources, string key)
    {
        foreach (var source in sources)
        {
            var value = source?[key];
            if (value is { Kind: JsonValueKind.Object } whole)
                value = whole["content"];
            if (value?.TryText() is { Length: > 0 } token)
                return token;
        }

        return null;
    }
}
