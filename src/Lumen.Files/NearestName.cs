namespace Lumen.Files;

/// <summary>The known name that an unknown one was probably meant to be.</summary>
public static class NearestName
{
    /// <summary>
    /// The known name that is nearest: letters that are missing, wrong, too many or swapped are counted, at most one in three. Capitals,
    /// dashes and underlines do not matter. Null if none is near.
    /// </summary>
    /// <param name="given">What was written.</param>
    /// <param name="known">What there is.</param>
    public static string? Of(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > 100)
            return null;
        var best = known
            .Select(name => (Name: name, Distance: Distance(Plain(given), Plain(name))))
            .OrderBy(one => one.Distance)
            .FirstOrDefault((Name: "", Distance: int.MaxValue));
        return best.Distance <= Math.Max(1, Math.Min(given.Length, best.Name.Length) / 3) ? best.Name : null;
    }

    private static string Plain(string name) => name.Replace('-', '_').ToLowerInvariant();

    // Optimal string alignment: the edit distance in which two letters that are swapped count once.
    private static int Distance(string a, string b)
    {
        var counts = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    counts[i, j] = i + j;
                    continue;
                }
                var wrong = a[i - 1] == b[j - 1] ? 0 : 1;
                counts[i, j] = Math.Min(Math.Min(counts[i - 1, j], counts[i, j - 1]) + 1, counts[i - 1, j - 1] + wrong);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    counts[i, j] = Math.Min(counts[i, j], counts[i - 2, j - 2] + 1);
            }
        }
        return counts[a.Length, b.Length];
    }
}
