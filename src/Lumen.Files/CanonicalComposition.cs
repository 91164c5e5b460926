using System.Globalization;
using System.Text;

namespace Lumen.Files;

/// <summary>
/// Unicode normalisation form C (UAX #15). <c>string.Normalize</c> does nothing in globalization-invariant mode, which spares users an ICU
/// installation, and it throws on lone surrogates; a prompt must do neither.
/// </summary>
public static class CanonicalComposition
{
    private const int SBase = 0xAC00,
        LBase = 0x1100,
        VBase = 0x1161,
        TBase = 0x11A7,
        LCount = 19,
        VCount = 21,
        TCount = 28;

    private static readonly Lazy<Tables> Data = new(Tables.Read);

    /// <summary>The composed form; lone surrogates become U+FFFD.</summary>
    public static List<Rune> Compose(string text)
    {
        List<Rune> runes = [];
        var plain = true;
        foreach (var rune in text.EnumerateRunes())
        {
            runes.Add(rune);
            plain &= rune.Value < 0x300; // everything below the first combining mark is already composed
        }

        return plain ? runes : Compose(Decompose(runes));
    }

    private static List<Rune> Decompose(List<Rune> runes)
    {
        List<Rune> result = [];
        foreach (var rune in runes)
            Decompose(rune, result);
        Reorder(result);
        return result;
    }

    private static void Decompose(Rune rune, List<Rune> into)
    {
        var syllable = rune.Value - SBase;
        if (syllable is >= 0 and < LCount * VCount * TCount)
        {
            into.Add(new Rune(LBase + syllable / (VCount * TCount)));
            into.Add(new Rune(VBase + syllable % (VCount * TCount) / TCount));
            if (syllable % TCount != 0)
                into.Add(new Rune(TBase + syllable % TCount));
        }
        else if (Data.Value.Parts.TryGetValue(rune, out var parts))
        {
            foreach (var part in parts)
                Decompose(part, into);
        }
        else
        {
            into.Add(rune);
        }
    }

    // Stable sort of every run of combining marks by class; runs are short except in hostile text, so no quadratic insertion.
    private static void Reorder(List<Rune> runes)
    {
        for (var start = 0; start < runes.Count; start++)
        {
            if (Class(runes[start]) == 0)
                continue;
            var end = start;
            while (end < runes.Count && Class(runes[end]) != 0)
                end++;
            var sorted = runes.GetRange(start, end - start).OrderBy(Class).ToList(); // stable
            for (var i = 0; i < sorted.Count; i++)
                runes[start + i] = sorted[i];
            start = end;
        }
    }

    private static List<Rune> Compose(List<Rune> runes)
    {
        List<Rune> result = [];
        var starter = -1;
        var last = -1; // class of the rune before, -1 directly after the starter
        foreach (var rune in runes)
        {
            var here = Class(rune);
            if (starter >= 0 && last < here && Pair(result[starter], rune) is { } composed)
            {
                result[starter] = composed;
                continue;
            }

            if (here == 0)
            {
                starter = result.Count;
                last = -1;
            }
            else
            {
                last = here;
            }

            result.Add(rune);
        }

        return result;
    }

    private static Rune? Pair(Rune first, Rune second)
    {
        int l = first.Value - LBase,
            v = second.Value - VBase,
            s = first.Value - SBase,
            t = second.Value - TBase;
        if (l is >= 0 and < LCount && v is >= 0 and < VCount)
            return new Rune(SBase + (l * VCount + v) * TCount);
        if (s is >= 0 and < LCount * VCount * TCount && s % TCount == 0 && t is > 0 and < TCount)
            return new Rune(first.Value + t);
        return Data.Value.Pairs.TryGetValue((first, second), out var composed) ? composed : null;
    }

    private static int Class(Rune rune) => rune.Value < 0x300 ? 0 : Data.Value.Classes.GetValueOrDefault(rune);

    private sealed record Tables(Dictionary<Rune, int> Classes, Dictionary<Rune, Rune[]> Parts, Dictionary<(Rune, Rune), Rune> Pairs)
    {
        public static Tables Read()
        {
            var tables = new Tables([], [], []);
            using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("Lumen.Files.canonical-forms.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                if (line.StartsWith('#'))
                    continue;
                var words = line.Split(' ');
                if (words[1] is "=" or ">")
                    tables.AddParts(words);
                else
                    for (var code = Hex(words[0]); code <= Hex(words[1]); code++)
                        tables.Classes[new Rune(code)] = Hex(words[2]);
            }

            return tables;
        }

        private void AddParts(string[] words)
        {
            var code = new Rune(Hex(words[0]));
            Rune[] parts = [.. words.Skip(2).Select(word => new Rune(Hex(word)))];
            Parts[code] = parts;
            if (words[1] == "=")
                Pairs[(parts[0], parts[1])] = code;
        }

        private static int Hex(string word) => int.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
