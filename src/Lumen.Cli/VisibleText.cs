using System.Globalization;
using System.Text;

namespace Lumen.Cli;

/// <summary>
/// Text that may come from a file or another machine, made harmless for a terminal: control characters, escape sequences, marks that turn
/// the direction of writing, and other characters that are not seen are written out as JSON writes them (<c>\u001b</c>), so that JSON stays
/// the same JSON.
/// </summary>
internal static class VisibleText
{
    /// <summary>The same text with what is not seen made visible; line breaks and tabs stay.</summary>
    public static string Of(string text)
    {
        var first = FirstHidden(text);
        if (first < 0)
            return text;
        var seen = new StringBuilder(text, 0, first, text.Length + 64);
        for (var at = first; at < text.Length; at++)
        {
            var length = char.IsSurrogatePair(text, at) ? 2 : 1;
            if (IsHidden(text, at))
                foreach (var unit in text.AsSpan(at, length))
                    seen.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            else
                seen.Append(text, at, length);
            at += length - 1;
        }
        return seen.ToString();
    }

    /// <summary>
    /// The same as one line: breaks and tabs are made visible, too, so that a name from a file cannot begin a line of its own.
    /// </summary>
    public static string OneLine(string text) =>
        Of(text)
            .Replace("\r", "\\r", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal);

    private static int FirstHidden(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (IsHidden(text, at))
                return at;
            if (char.IsHighSurrogate(text[at]))
                at++;
        }
        return -1;
    }

    // A carriage return before a line feed is a line break; alone it writes over the line.
    private static bool IsHidden(string text, int at) =>
        text[at] switch
        {
            '\n' or '\t' => false,
            '\r' => at + 1 == text.Length || text[at + 1] != '\n',
            '\u200c' or '\u200d' => false, // joiners: Persian, and emoji of several parts
            _ => CharUnicodeInfo.GetUnicodeCategory(text, at)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.Surrogate,
        };
}
