namespace Lumen.Models.Text;

/// <summary>A prompt as token ids.</summary>
/// <param name="Ids">Begin, tokens, end, padding: always the tokenizer's full length.</param>
/// <param name="Count">Ids in use, with begin and end, without padding.</param>
/// <param name="Truncated">The text that did not fit, in lower case as the tokenizer sees it; null if all of it did.</param>
public sealed record TokenizedPrompt(long[] Ids, int Count, string? Truncated)
{
    /// <summary>The weight of every id; 1 for begin, end and padding. Null where all weigh 1.</summary>
    public IReadOnlyList<float>? Weights { get; init; }
}
