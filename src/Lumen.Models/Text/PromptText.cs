using System.Globalization;
using System.Text;
using Lumen.Files;

namespace Lumen.Models.Text;

/// <summary>
/// What CLIP does to a prompt before byte pairs: NFC, whitespace collapsed to single spaces, trimmed, lower case; then cut into words,
/// single digits and runs of other characters. OpenAI's original also repairs encodings and HTML escapes (ftfy); transformers' fast
/// tokenizer does not, nor do we.
/// </summary>
internal static class PromptText
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]; // in the order the pattern tries them

    /// <summary>The cleaned text as code points.</summary>
    public static List<Rune> Clean(string prompt)
    {
        List<Rune> runes = [];
        foreach (var rune in CanonicalComposition.Compose(prompt))
        {
            if (!IsSpace(rune))
                runes.Add(rune);
            else if (runes.Count > 0 && runes[^1].Value != ' ')
                runes.Add(new Rune(' '));
        }

        if (runes is [.., { Value: ' ' }])
            runes.RemoveAt(runes.Count - 1);
        return Lower(runes);
    }

    /// <summary>
    /// The pieces of cleaned text, as the pattern <c>special|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</c> finds them. Code
    /// points rather than UTF-16 units: a .NET pattern would not see letters beyond U+FFFF.
    /// </summary>
    /// <param name="text">Cleaned text.</param>
    /// <param name="specials">Special tokens that stand for themselves.</param>
    public static IEnumerable<string> Pieces(IReadOnlyList<Rune> text, IReadOnlyList<string> specials)
    {
        var at = 0;
        while (at < text.Count)
        {
            var length = PieceLength(text, at, specials);
            if (length > 0)
                yield return Join(text, at, length);
            at += Math.Max(length, 1); // zero: a space
        }
    }

    private static int PieceLength(IReadOnlyList<Rune> text, int at, IReadOnlyList<string> specials)
    {
        foreach (var special in specials)
            if (StartsWith(text, at, special))
                return special.Length;
        foreach (var contraction in Contractions)
            if (StartsWith(text, at, contraction))
                return contraction.Length;
        var kind = KindOf(text[at]);
        if (kind is Kind.Space)
            return 0;
        if (kind is Kind.Number)
            return 1;
        var length = 1;
        while (at + length < text.Count && KindOf(text[at + length]) == kind)
            length++;
        return length;
    }

    // The pattern ignores case: the long s is the one lower-case letter that then equals another of the contractions' letters.
    private static bool StartsWith(IReadOnlyList<Rune> text, int at, string word)
    {
        if (at + word.Length > text.Count)
            return false;
        for (var i = 0; i < word.Length; i++)
        {
            var rune = text[at + i].Value == 'ſ' ? 's' : text[at + i].Value;
            if (rune != word[i])
                return false;
        }

        return true;
    }

    private static List<Rune> Lower(List<Rune> runes)
    {
        List<Rune> lower = [];
        for (var i = 0; i < runes.Count; i++)
        {
            if (runes[i].Value == 'İ') // the one letter whose lower case is two code points: i and a combining dot
            {
                lower.Add(new Rune('i'));
                lower.Add(new Rune('\u0307'));
            }
            else
            {
                lower.Add(runes[i].Value == 'Σ' ? new Rune(EndsWord(runes, i) ? 'ς' : 'σ') : Rune.ToLowerInvariant(runes[i]));
            }
        }

        return lower;
    }

    // Unicode's Final_Sigma: a cased letter before, none after, marks and the like skipped on both sides.
    private static bool EndsWord(List<Rune> runes, int sigma)
    {
        var before = sigma - 1;
        while (before >= 0 && IsCaseIgnorable(runes[before]))
            before--;
        if (before < 0 || !IsCased(runes[before]))
            return false;
        var after = sigma + 1;
        while (after < runes.Count && IsCaseIgnorable(runes[after]))
            after++;
        return after == runes.Count || !IsCased(runes[after]);
    }

    // Letters with case, and the signs that Unicode calls cased: ordinal indicators, Roman numerals, circled letters.
    private static bool IsCased(Rune rune) =>
        rune.Value is 'ª' or 'º' or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter;

    private static bool IsCaseIgnorable(Rune rune) =>
        rune.Value is '\'' or '.' or ':' or '·' or '’' or '‘' or '․' or '‧'
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.ModifierSymbol;

    private static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune);

    private static Kind KindOf(Rune rune)
    {
        if (IsSpace(rune))
            return Kind.Space;
        if (Rune.IsLetter(rune))
            return Kind.Letter;
        return Rune.IsNumber(rune) ? Kind.Number : Kind.Other;
    }

    private static string Join(IReadOnlyList<Rune> text, int at, int length)
    {
        var piece = new StringBuilder();
        for (var i = 0; i < length; i++)
            piece.Append(text[at + i]);
        return piece.ToString();
    }

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }
}
