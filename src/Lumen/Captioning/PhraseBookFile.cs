using System.Globalization;
using Lumen.Files;
using Tomlyn;
using Tomlyn.Model;

namespace Lumen.Captioning;

/// <summary>
/// Reads the phrases of captions from TOML: <c>template = "a photo of {place} {time}"</c>, and for each group a table
/// <c>[time]</c> with <c>phrases = ["by day", "at night"]</c> and perhaps <c>prompts</c>, <c>threshold</c>, <c>none</c> and a table
/// <c>[time.synonyms]</c> with <c>"at night" = ["after dark"]</c>.
/// </summary>
public static class PhraseBookFile
{
    private static readonly string[] GroupKeys = ["phrases", "prompts", "threshold", "none", "synonyms"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="LumenException">Missing, not TOML, or an entry that cannot be used; the entry is named.</exception>
    public static PhraseBook Read(string path)
    {
        if (!File.Exists(path))
            throw new LumenException(
                LumenErrorKind.File,
                $"There are no phrases at {path}. Give `Phrases` a TOML file with a table a group."
            );
        return Parse(TextFile.Read(path), path);
    }

    /// <summary>Reads a text; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="LumenException">As <see cref="Read"/>.</exception>
    public static PhraseBook Parse(string toml, string name)
    {
        TomlTable table;
        try
        {
            table = TomlSerializer.Deserialize<TomlTable>(toml) ?? [];
        }
        catch (TomlException fault)
        {
            throw new LumenException(LumenErrorKind.Format, $"{name} is not TOML: {fault.Message}", fault);
        }
        List<PhraseGroup> groups = [];
        string? template = null;
        foreach (var (key, value) in table)
        {
            if (value is TomlTable group)
                groups.Add(Group(key, group, name));
            else if (key == "template" && value is string text)
                template = text;
            else
                throw Fault(
                    $"the entry \"{key}\" of {name} must be a table [{key}] with phrases = [\"...\", \"...\"]; only template is words"
                );
        }
        return new PhraseBook { Groups = groups, Template = template };
    }

    private static PhraseGroup Group(string key, TomlTable table, string name)
    {
        if (table.Keys.FirstOrDefault(own => !GroupKeys.Contains(own, StringComparer.Ordinal)) is { } unknown)
            throw Fault($"[{key}] in {name} has the entry \"{unknown}\", which is not known; known are {string.Join(", ", GroupKeys)}");
        var group = new PhraseGroup(key, Words(table, "phrases", key, name) ?? throw Fault($"[{key}] in {name} has no phrases"));
        if (Words(table, "prompts", key, name) is { } prompts)
            group = group with { Prompts = prompts };
        if (table.TryGetValue("threshold", out var threshold))
            group = group with
            {
                Threshold = threshold is double or long
                    ? Convert.ToDouble(threshold, CultureInfo.InvariantCulture)
                    : throw Fault($"threshold of [{key}] in {name} must be a number from 0 to 1"),
            };
        if (table.TryGetValue("none", out var none))
            group = group with { None = none as string ?? throw Fault($"none of [{key}] in {name} must be words") };
        if (table.TryGetValue("synonyms", out var synonyms))
            group = group with { Synonyms = Synonyms(synonyms, key, name) };
        return group;
    }

    private static Dictionary<string, IReadOnlyList<string>> Synonyms(object value, string key, string name)
    {
        if (value is not TomlTable table)
            throw Fault($"synonyms of [{key}] in {name} must be a table [{key}.synonyms] of phrases and lists of words");
        return table.Keys.ToDictionary(phrase => phrase, phrase => Words(table, phrase, $"{key}.synonyms", name)!, StringComparer.Ordinal);
    }

    private static IReadOnlyList<string>? Words(TomlTable table, string entry, string key, string name)
    {
        if (!table.TryGetValue(entry, out var value))
            return null;
        return value is TomlArray list && list.All(one => one is string)
            ? [.. list.Cast<string>()]
            : throw Fault($"{entry} of [{key}] in {name} must be a list of words: {entry} = [\"...\", \"...\"]");
    }

    private static LumenException Fault(string what) =>
        new(LumenErrorKind.Format, $"The phrases cannot be used: {what}. Correct it there.");
}
