using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lumen.Files;

namespace Lumen.Models.Text;

/// <summary>
/// Builds a small byte-level vocabulary from captions, in the published file formats: 256 bytes, 256 bytes that end a word, merges until
/// every word of the corpus is one token, the two special tokens last. Any text can be encoded with it.
/// </summary>
public static class ClipVocabulary
{
    private const string Begin = "<|startoftext|>",
        End = "<|endoftext|>";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Published = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Writes <c>vocab.json</c>, <c>merges.txt</c>, <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c>; padding is the end
    /// token, as in SD 1.x.
    /// </summary>
    /// <param name="folder">Created if absent.</param>
    /// <param name="corpus">Captions; the same captions in any order give the same files.</param>
    /// <param name="maxMerges">Stops earlier when every word is one token; words that are still in parts then are the rarest.</param>
    /// <param name="maxLength">Tokens a prompt is padded or cut to, with begin and end.</param>
    /// <exception cref="LumenException">The folder cannot be written to.</exception>
    /// <returns>The number of token ids: <c>vocab_size</c> of the text encoder.</returns>
    public static int Write(string folder, IEnumerable<string> corpus, int maxMerges = 1024, int maxLength = 77)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxMerges);
        var merges = Learn(CountWords(corpus), maxMerges);
        var symbols = ByteAlphabet.Symbols.Select(symbol => symbol.ToString()).ToList();
        string[] entries =
        [
            .. symbols,
            .. symbols.Select(s => s + ByteAlphabet.EndOfWord),
            .. merges.Select(m => m.First + m.Second).Distinct(StringComparer.Ordinal),
            Begin,
            End,
        ];

        Save(
            folder,
            "vocab.json",
            JsonSerializer.Serialize(entries.Index().ToDictionary(e => e.Item, e => e.Index, StringComparer.Ordinal), Compact)
        );
        Save(folder, "merges.txt", "#version: 0.2\n" + string.Concat(merges.Select(m => $"{m.First} {m.Second}\n")));
        Save(folder, "special_tokens_map.json", JsonSerializer.Serialize(SpecialTokens(), Published) + "\n");
        Save(folder, "tokenizer_config.json", JsonSerializer.Serialize(Settings(maxLength), Published) + "\n");
        return entries.Length;
    }

    // Words in a fixed order, so that ties between pairs never depend on the order of the captions.
    private static List<(List<string> Symbols, long Count)> CountWords(IEnumerable<string> corpus)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var caption in corpus)
        foreach (var piece in PromptText.Pieces(PromptText.Clean(caption), [Begin, End]))
            if (piece is not (Begin or End))
                counts[piece] = counts.GetValueOrDefault(piece) + 1;
        return [.. counts.Select(word => (ByteAlphabet.Spell(word.Key).ToList(), word.Value))];
    }

    // Byte-pair learning (Sennrich et al. 2016): join the most frequent pair; ties go to the ordinally first.
    private static List<(string First, string Second)> Learn(List<(List<string> Symbols, long Count)> words, int maxMerges)
    {
        List<(string First, string Second)> merges = [];
        while (merges.Count < maxMerges)
        {
            var counts = new Dictionary<(string First, string Second), long>();
            foreach (var (symbols, count) in words)
                for (var i = 0; i + 1 < symbols.Count; i++)
                    counts[(symbols[i], symbols[i + 1])] = counts.GetValueOrDefault((symbols[i], symbols[i + 1])) + count;
            if (counts.Count == 0)
                break;
            var best = counts
                .OrderByDescending(c => c.Value)
                .ThenBy(c => c.Key.First, StringComparer.Ordinal)
                .ThenBy(c => c.Key.Second, StringComparer.Ordinal)
                .First()
                .Key;
            merges.Add(best);
            foreach (var (symbols, _) in words)
                Join(symbols, best);
        }

        return merges;
    }

    private static void Join(List<string> symbols, (string First, string Second) pair)
    {
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != pair.First || symbols[i + 1] != pair.Second)
                continue;
            symbols[i] += pair.Second;
            symbols.RemoveAt(i + 1);
        }
    }

    private static Dictionary<string, object> SpecialTokens() =>
        new(StringComparer.Ordinal)
        {
            ["bos_token"] = Token(Begin),
            ["eos_token"] = Token(End),
            ["pad_token"] = End,
            ["unk_token"] = Token(End),
        };

    private static Dictionary<string, object> Settings(int maxLength) =>
        new(StringComparer.Ordinal)
        {
            ["add_prefix_space"] = false,
            ["bos_token"] = Token(Begin, "AddedToken"),
            ["do_lower_case"] = true,
            ["eos_token"] = Token(End, "AddedToken"),
            ["errors"] = "replace",
            ["model_max_length"] = maxLength,
            ["pad_token"] = End,
            ["tokenizer_class"] = "CLIPTokenizer",
            ["unk_token"] = Token(End, "AddedToken"),
        };

    private static Dictionary<string, object> Token(string content, string? type = null)
    {
        var token = new Dictionary<string, object>(StringComparer.Ordinal);
        if (type is not null)
            token["__type"] = type;
        token["content"] = content;
        token["lstrip"] = false;
        token["normalized"] = true;
        token["rstrip"] = false;
        token["single_word"] = false;
        return token;
    }

    private static void Save(string folder, string name, string text) =>
        AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
