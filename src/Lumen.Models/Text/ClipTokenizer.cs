using static TorchSharp.torch;

namespace Lumen.Models.Text;

/// <summary>
/// The CLIP tokenizer (openai/CLIP <c>SimpleTokenizer</c>, transformers <c>CLIPTokenizer</c>): lower-cased byte pairs between begin and end
/// tokens, cut and padded to a fixed length. Safe to use from several threads.
/// </summary>
public sealed class ClipTokenizer
{
    private const int LargestOwnVocabulary = 8192;
    private readonly BytePairs _pairs;
    private readonly Dictionary<string, int> _ids;
    private readonly string[] _entries;
    private readonly string[] _specials;

    internal ClipTokenizer(ClipTokenizerFiles files, ClipPadding? padding = null)
    {
        _ids = files.Ids;
        _entries = files.Entries;
        MaxLength = files.Settings.MaxLength;
        StartOfTextId = files.IdOf(files.Settings.Begin, "bos_token");
        EndOfTextId = files.IdOf(files.Settings.End, "eos_token");
        PadId = padding switch
        {
            ClipPadding.EndOfText => EndOfTextId,
            ClipPadding.Zero => 0,
            _ => files.IdOf(files.Settings.Pad, "pad_token"),
        };
        _specials = [files.Settings.Begin, files.Settings.End];
        _pairs = new BytePairs(_ids, files.Ranks, files.IdOf(files.Settings.Unknown, "unk_token"));
    }

    /// <summary>Length T of every encoded prompt; 77 in every published model.</summary>
    public int MaxLength { get; }

    /// <summary>Id of <c>&lt;|startoftext|&gt;</c>.</summary>
    public int StartOfTextId { get; }

    /// <summary>Id of <c>&lt;|endoftext|&gt;</c>.</summary>
    public int EndOfTextId { get; }

    /// <summary>Id after the end: the end token again (SD 1.x) or "!", id 0 (SD 2.x).</summary>
    public int PadId { get; }

    /// <summary>Number of ids an encoder needs embeddings for.</summary>
    public int VocabularySize => _entries.Length;

    /// <summary>Opens a tokenizer folder in the published format.</summary>
    /// <param name="folder">Holds <c>vocab.json</c> and <c>merges.txt</c>, normally also <c>tokenizer_config.json</c> and
    /// <c>special_tokens_map.json</c>.</param>
    /// <param name="padding">What prompts are padded with, where the text encoder tells it and the folder may not; null: what the folder
    /// says.</param>
    /// <exception cref="LumenException">A file is missing or does not hold what its name says.</exception>
    public static ClipTokenizer Load(string folder, ClipPadding? padding = null) => new(ClipTokenizerFiles.Read(folder), padding);

    /// <summary>Encodes one prompt, whose brackets are text.</summary>
    /// <param name="prompt">Any text.</param>
    public TokenizedPrompt Encode(string prompt) => Encode(Tokens(prompt));

    /// <summary>Encodes one prompt part by part, as AUTOMATIC1111's web UI does; the syntax takes no tokens.</summary>
    public TokenizedPrompt Encode(WeightedPrompt prompt)
    {
        if (prompt.IsPlain)
            return Encode(prompt.Text);
        var parts = prompt.Parts.Select(part => (Tokens: Tokens(part.Text), part.Weight)).ToList();
        var encoded = Encode([.. parts.SelectMany(part => part.Tokens)]);
        var weights = Enumerable.Repeat(1f, encoded.Ids.Length).ToArray();
        var at = 1;
        foreach (var weight in parts.SelectMany(part => part.Tokens.Select(_ => (float)part.Weight)).Take(encoded.Count - 2))
            weights[at++] = weight;
        return encoded with { Weights = weights };
    }

    private TokenizedPrompt Encode(List<int> tokens)
    {
        var kept = Math.Min(tokens.Count, MaxLength - 2);
        var ids = new long[MaxLength];
        Array.Fill(ids, PadId);
        ids[0] = StartOfTextId;
        for (var i = 0; i < kept; i++)
            ids[i + 1] = tokens[i];
        ids[kept + 1] = EndOfTextId;
        return new TokenizedPrompt(ids, kept + 2, kept < tokens.Count ? Decode(tokens.Skip(kept).Select(id => (long)id)) : null);
    }

    /// <summary>
    /// Words of a prompt that a small vocabulary does not hold, each once. A tokenizer made of a model's own captions has an entry for
    /// every word that the model has seen; others reach it as fragments that mean nothing to it.
    /// </summary>
    /// <param name="prompt">Any text.</param>
    /// <returns>Empty for a large vocabulary such as CLIP's, whose fragments are known from many words.</returns>
    public IReadOnlyList<string> UnknownWords(string prompt) =>
        VocabularySize > LargestOwnVocabulary
            ? []
            :
            [
                .. PromptText
                    .Pieces(PromptText.Clean(prompt), _specials)
                    .Where(piece => char.IsLetter(piece, 0) && _pairs.Encode(piece).Count > 1)
                    .Distinct(StringComparer.Ordinal),
            ];

    /// <summary>
    /// Words that a small vocabulary of a model's own holds, the most frequent in its captions first: entries of three letters or more that
    /// end a word and that no other entry is made of.
    /// </summary>
    /// <returns>Empty for a large vocabulary such as CLIP's.</returns>
    public IReadOnlyList<string> KnownWords() =>
        VocabularySize > LargestOwnVocabulary
            ? []
            :
            [
                .. Enumerable
                    .Range(0, _entries.Length)
                    .Where(id => _entries[id].EndsWith(ByteAlphabet.EndOfWord, StringComparison.Ordinal) && !_pairs.IsEndOfAnother(id))
                    .Select(id => ByteAlphabet.Read([_entries[id]]).Trim())
                    .Where(word => word.Length > 2 && word.All(char.IsLetter)),
            ];

    /// <summary>Encodes prompts for a text encoder.</summary>
    /// <param name="prompts">Any texts.</param>
    /// <returns>[B, T], int64 on the processor.</returns>
    public Tensor EncodeBatch(IReadOnlyList<string> prompts) =>
        tensor(prompts.SelectMany(prompt => Encode(prompt).Ids).ToArray(), prompts.Count, MaxLength);

    /// <summary>The text of ids; begin, end and padding after the end are left out, ids beyond the vocabulary too.</summary>
    public string Decode(IEnumerable<long> ids)
    {
        List<string> entries = [];
        var ended = false;
        foreach (var id in ids.Where(id => id >= 0 && id < _entries.Length))
        {
            if (id == EndOfTextId)
                ended = true;
            else if (id != StartOfTextId && !(ended && id == PadId))
                entries.Add(_entries[id]);
        }

        return ByteAlphabet.Read(entries);
    }

    private List<int> Tokens(string prompt)
    {
        List<int> tokens = [];
        foreach (var piece in PromptText.Pieces(PromptText.Clean(prompt), _specials))
        {
            if (_specials.Contains(piece, StringComparer.Ordinal))
                tokens.Add(_ids[piece]);
            else
                tokens.AddRange(_pairs.Encode(piece));
        }

        return tokens;
    }
}

/// <summary>What a prompt is padded with up to its fixed length. One vocabulary serves both kinds of text encoder.</summary>
public enum ClipPadding
{
    /// <summary>The end token again: OpenAI's CLIP, Stable Diffusion 1.x.</summary>
    EndOfText,

    /// <summary>Id 0, "!": OpenCLIP, Stable Diffusion 2.x.</summary>
    Zero,
}

/// <summary>A prompt as token ids.</summary>
/// <param name="Ids">Begin, tokens, end, padding: always the tokenizer's full length.</param>
/// <param name="Count">Ids in use, with begin and end, without padding.</param>
/// <param name="Truncated">The text that did not fit, in lower case as the tokenizer sees it; null if all of it did.</param>
public sealed record TokenizedPrompt(long[] Ids, int Count, string? Truncated)
{
    /// <summary>The weight of every id; 1 for begin, end and padding. Null where all weigh 1.</summary>
    public IReadOnlyList<float>? Weights { get; init; }
}
