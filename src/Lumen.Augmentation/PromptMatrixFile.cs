using Tomlyn;
using Tomlyn.Model;

namespace Lumen.Augmentation;

/// <summary>
/// Reads a prompt matrix from TOML: <c>[domains]</c> and <c>[styles]</c> with <c>name = "words"</c> or <c>name = { prompt = "words", weight
/// = 2, negative = "..." }</c>.
/// </summary>
public static class PromptMatrixFile
{
    private static readonly string[] Keys = ["template", "negative", "caption_remove", "domains", "styles"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="LumenException">Missing, not TOML, or an entry that cannot be used; the entry is named.</exception>
    public static PromptMatrix Read(string path)
    {
        if (!File.Exists(path))
            throw new LumenException(
                $"There is no prompt matrix at {path}. Give `Prompts` a TOML file with [domains], or `Prompt` one prompt."
            );
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads a text; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="LumenException">As <see cref="Read"/>.</exception>
    public static PromptMatrix Parse(string toml, string name)
    {
        TomlTable table;
        try
        {
            table = TomlSerializer.Deserialize<TomlTable>(toml) ?? [];
        }
        catch (TomlException fault)
        {
            throw new LumenException($"{name} is not TOML: {fault.Message}", fault);
        }
        if (table.Keys.FirstOrDefault(key => !Keys.Contains(key, StringComparer.Ordinal)) is { } unknown)
            throw new LumenException($"{name} has the entry \"{unknown}\", which is not known. Known are {string.Join(", ", Keys)}.");
        var domains = Entries(table, "domains", name);
        if (domains.Count == 0)
            throw new LumenException($"{name} has no domains. Write a table [domains] with a line such as: night = \"a street at night\".");
        var template = Text(table, "template", name);
        if (template is not null && !template.Contains("{domain}", StringComparison.Ordinal))
            throw new LumenException($"The template in {name} must contain {{domain}} but is \"{template}\".");
        var matrix = new PromptMatrix(domains, Entries(table, "styles", name))
        {
            Negative = Text(table, "negative", name) ?? "",
            CaptionRemove = Words(table, name),
        };
        return template is null
            ? matrix
            : new PromptMatrix(matrix.Domains, matrix.Styles)
            {
                Template = template,
                Negative = matrix.Negative,
                CaptionRemove = matrix.CaptionRemove,
            };
    }

    private static IReadOnlyList<PromptEntry> Entries(TomlTable table, string key, string name)
    {
        if (!table.TryGetValue(key, out var value))
            return [];
        return value is TomlTable entries
            ? [.. entries.Select(entry => Entry(entry.Key, entry.Value, $"{key}.{entry.Key} in {name}"))]
            : throw new LumenException($"\"{key}\" in {name} must be a table: [{key}].");
    }

    private static PromptEntry Entry(string key, object? value, string place)
    {
        if (value is string words)
            return new PromptEntry(key, words);
        if (value is not TomlTable table)
            throw new LumenException($"{place} must be words (\"at night\") or a table ({{ prompt = \"at night\", weight = 2 }}).");
        if (table.Keys.FirstOrDefault(own => own is not ("prompt" or "weight" or "negative")) is { } unknown)
            throw new LumenException($"{place} has the entry \"{unknown}\", which is not known. Known are prompt, weight and negative.");
        var weight = table.TryGetValue("weight", out var number)
            ? number switch
            {
                long whole => whole,
                double real => real,
                _ => throw new LumenException($"The weight of {place} must be a number."),
            }
            : 1.0;
        return new PromptEntry(
            key,
            Text(table, "prompt", place) ?? throw new LumenException($"{place} has no prompt."),
            weight,
            Text(table, "negative", place) ?? ""
        );
    }

    private static string? Text(TomlTable table, string key, string place) =>
        !table.TryGetValue(key, out var value)
            ? null
            : value as string ?? throw new LumenException($"\"{key}\" of {place} must be text in quotation marks.");

    private static IReadOnlyList<string> Words(TomlTable table, string name)
    {
        if (!table.TryGetValue("caption_remove", out var value))
            return [];
        return value is TomlArray list && list.All(one => one is string)
            ? [.. list.Cast<string>()]
            : throw new LumenException($"\"caption_remove\" in {name} must be a list of words: [\"by day\"].");
    }
}
