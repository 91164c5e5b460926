namespace Lumen.Cli;

/// <summary>The word that was probably meant.</summary>
internal static class Suggestion
{
    /// <summary>" Did you mean X?" for the nearest known word, or nothing where none is near.</summary>
    /// <param name="word">What was typed.</param>
    /// <param name="known">What could have been.</param>
    public static string For(string word, IEnumerable<string> known) => Nearest(word, known) is { } near ? $" Did you mean {near}?" : "";

    /// <summary>
    /// The nearest known word, or null where none is near: a third of the letters may be wrong, at most three; a beginning that only one
    /// word has will do.
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var typed = Plain(word);
        if (typed.Length == 0)
            return null;
        string[] words = [.. known.Distinct(StringComparer.Ordinal)];
        if (words.FirstOrDefault(other => Plain(other) == typed) is { } same)
            return same;
        var begun = words.Where(other => typed.Length >= 3 && Plain(other).StartsWith(typed, StringComparison.Ordinal)).ToArray();
        if (begun is [var only])
            return only;
        var (near, distance) = words
            .Select(other => (other, Distance(typed, Plain(other))))
            .DefaultIfEmpty(("", int.MaxValue))
            .MinBy(found => found.Item2);
        return distance <= Math.Clamp(typed.Length / 3, 1, 3) ? near : null;
    }

    // Hyphens, underscores and case are slips that any distance should see through.
    private static string Plain(string word) => new([.. word.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    // Letters to insert, drop, exchange, or swap with the next one (optimal string alignment).
    private static int Distance(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= to.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var same = from[i - 1] == to[j - 1] ? 0 : 1;
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[from.Length, to.Length];
    }
}
