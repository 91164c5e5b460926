using Lumen.Files;

namespace Lumen.Models.Text;

/// <summary>A tokenizer folder, read and checked.</summary>
internal sealed record ClipTokenizerFiles(
    string Folder,
    Dictionary<string, int> Ids,
    string[] Entries,
    Dictionary<(int, int), (int Rank, int Joined)> Ranks,
    ClipTokenizerSettings Settings
)
{
    private const int LargestVocabulary = 1 << 22;

    public static ClipTokenizerFiles Read(string folder)
    {
        var ids = ReadVocabulary(Path.Combine(folder, "vocab.json"));
        var entries = new string[ids.Values.Max() + 1];
        Array.Fill(entries, "");
        foreach (var (entry, id) in ids)
            entries[id] = entry;
        return new ClipTokenizerFiles(folder, ids, entries, ReadMerges(Path.Combine(folder, "merges.txt"), ids), ReadSettings(folder));
    }

    /// <summary>The id of a special token.</summary>
    /// <exception cref="LumenException">The vocabulary does not hold it.</exception>
    public int IdOf(string token, string role) =>
        Ids.TryGetValue(token, out var id)
            ? id
            : throw new LumenException(
                LumenErrorKind.Format,
                $"{Path.Combine(Folder, "vocab.json")} does not hold the {role} '{token}' that the tokenizer's configuration names."
            );

    private static Dictionary<string, int> ReadVocabulary(string path)
    {
        var vocabulary = Parse(path);
        if (vocabulary.Kind != System.Text.Json.JsonValueKind.Object)
            throw new LumenException(LumenErrorKind.Format, $"{path} must hold one JSON object of token to id. Copy the file again.");
        var ids = vocabulary.Entries().ToDictionary(entry => entry.Name, entry => entry.Value.Int(int.MinValue), StringComparer.Ordinal);
        if (ids.Count == 0)
            throw new LumenException(LumenErrorKind.Format, $"{path} holds no tokens.");
        var most = Math.Min(LargestVocabulary, 4 * ids.Count + 1024); // ids are as good as consecutive; a table is made for all of them
        if (
            ids.Where(pair => pair.Value < 0 || pair.Value >= most).Select(pair => (KeyValuePair<string, int>?)pair).FirstOrDefault() is
            { } wrong
        )
            throw new LumenException(
                LumenErrorKind.Format,
                $"{path} gives token '{wrong.Key}' the id {wrong.Value}; ids run from 0 to {most - 1} in a vocabulary of "
                    + $"{ids.Count} tokens."
            );
        return ids;
    }

    private static Dictionary<(int, int), (int Rank, int Joined)> ReadMerges(string path, Dictionary<string, int> ids)
    {
        var ranks = new Dictionary<(int, int), (int Rank, int Joined)>();
        var number = 0;
        foreach (var line in ReadText(path).Split('\n').Select(line => line.TrimEnd('\r')))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            if (line.Split(' ') is not [{ Length: > 0 } first, { Length: > 0 } second])
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{path}, line {number}: expected two entries with a space between but found '{line}'."
                );
            if (
                !ids.TryGetValue(first, out var a)
                || !ids.TryGetValue(second, out var b)
                || !ids.TryGetValue(first + second, out var joined)
            )
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{path}, line {number}: '{first}', '{second}' or both joined are missing from vocab.json; the two files must "
                        + "belong together."
                );
            ranks.TryAdd((a, b), (number, joined));
        }

        return ranks;
    }

    private static ClipTokenizerSettings ReadSettings(string folder)
    {
        return ClipTokenizerSettings.From(ReadObject(folder, "tokenizer_config.json"), ReadObject(folder, "special_tokens_map.json"));
    }

    private static JsonEntry? ReadObject(string folder, string name) =>
        Path.Combine(folder, name) is var path && File.Exists(path) ? Parse(path) : null;

    private static JsonEntry Parse(string path) => JsonFile.Parse(ReadText(path), path);

    private static string ReadText(string path) =>
        File.Exists(path)
            ? TextFile.Read(path)
            : throw new LumenException(
                LumenErrorKind.File,
                $"The tokenizer file {path} cannot be read: it does not exist. A tokenizer folder holds vocab.json and merges.txt."
            );
}
