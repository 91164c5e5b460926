using System.Buffers;
using System.Globalization;
using System.Text;

namespace Lumen.Models.Text;

/// <summary>A prompt whose parts weigh more or less than others, in the syntax of AUTOMATIC1111's web UI.</summary>
/// <param name="Parts">Texts in their order, neighbours of different weights; each is tokenized on its own, as there.</param>
public sealed record WeightedPrompt(IReadOnlyList<(string Text, double Weight)> Parts)
{
    private const double Step = 1.1; // of one pair of brackets
    private static readonly SearchValues<char> Special = SearchValues.Create(@"\()[]:"),
        Escaped = SearchValues.Create(@"\()[]");

    /// <summary>True where no part weighs more or less than 1.</summary>
    public bool IsPlain => Parts.All(part => part.Weight == 1);

    /// <summary>The words without the syntax.</summary>
    public string Text => string.Concat(Parts.Select(part => part.Text));

    /// <summary>
    /// Reads <c>(more)</c>, <c>((much more))</c>, <c>[less]</c> and <c>(this much:1.3)</c>. A bracket behind a backslash is a bracket of
    /// the text; one that is never closed reaches to the end, and one that was never opened is text.
    /// </summary>
    /// <param name="prompt">Any text.</param>
    public static WeightedPrompt Parse(string prompt)
    {
        var (parts, round, square) = (new List<(string Text, double Weight)>(), new Stack<int>(), new Stack<int>());
        for (var at = 0; at < prompt.Length; )
        {
            var (token, weight) = Token(prompt, at);
            at += token.Length;
            if (token[0] == '\\')
                parts.Add((token[1..], 1));
            else if (token == "(")
                round.Push(parts.Count);
            else if (token == "[")
                square.Push(parts.Count);
            else if (weight is { } own && round.TryPop(out var weighted))
                Multiply(weighted, own);
            else if (token == ")" && round.TryPop(out var more))
                Multiply(more, Step);
            else if (token == "]" && square.TryPop(out var less))
                Multiply(less, 1 / Step);
            else
                parts.Add((token, 1));
        }
        foreach (var open in round)
            Multiply(open, Step);
        foreach (var open in square)
            Multiply(open, 1 / Step);
        return new WeightedPrompt(Merged(parts));

        void Multiply(int from, double weight)
        {
            for (var index = from; index < parts.Count; index++)
                parts[index] = (parts[index].Text, parts[index].Weight * weight);
        }
    }

    /// <summary>A text whose brackets are text: what <see cref="Parse"/> reads back as it is.</summary>
    public static string Escape(string text) =>
        text.AsSpan().ContainsAny(Escaped)
            ? text.Replace(@"\", @"\\", StringComparison.Ordinal)
                .Replace("(", @"\(", StringComparison.Ordinal)
                .Replace(")", @"\)", StringComparison.Ordinal)
                .Replace("[", @"\[", StringComparison.Ordinal)
                .Replace("]", @"\]", StringComparison.Ordinal)
            : text;

    // A backslash with the bracket or backslash behind it; ":1.3)" with its number; a bracket, a colon; or what lies between them.
    private static (string Token, double? Weight) Token(string prompt, int at)
    {
        switch (prompt[at])
        {
            case '\\':
                return (
                    at + 1 < prompt.Length && @"\()[]".Contains(prompt[at + 1], StringComparison.Ordinal) ? prompt.Substring(at, 2) : @"\",
                    null
                );
            case ':' when Weight(prompt, at) is { } found:
                return (prompt[at..found.End], found.Weight);
            case '(' or ')' or '[' or ']' or ':':
                return (prompt.Substring(at, 1), null);
            default:
                var end = prompt.AsSpan(at).IndexOfAny(Special);
                return (end < 0 ? prompt[at..] : prompt.Substring(at, end), null);
        }
    }

    private static (double Weight, int End)? Weight(string prompt, int colon)
    {
        var (from, to) = (Skip(colon + 1), 0);
        for (
            to = from;
            to < prompt.Length && (char.IsAsciiDigit(prompt[to]) || prompt[to] == '.' || (to == from && prompt[to] is '+' or '-'));

        )
            to++;
        var end = Skip(to);
        return
            end < prompt.Length
            && prompt[end] == ')'
            && double.TryParse(prompt.AsSpan(from, to - from), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)
            ? (weight, end + 1)
            : null;

        int Skip(int at)
        {
            while (at < prompt.Length && char.IsWhiteSpace(prompt[at]))
                at++;
            return at;
        }
    }

    private static List<(string Text, double Weight)> Merged(List<(string Text, double Weight)> parts)
    {
        var merged = new List<(string Text, double Weight)>();
        foreach (var (text, weight) in parts.Count == 0 ? [("", 1)] : parts)
        {
            if (merged.Count > 0 && merged[^1].Weight == weight)
                merged[^1] = (new StringBuilder(merged[^1].Text).Append(text).ToString(), weight);
            else
                merged.Add((text, weight));
        }
        return merged;
    }
}
