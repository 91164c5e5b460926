using System.Collections.Frozen;
using System.Text;

namespace Lumen.Models.Text;

/// <summary>
/// The 256 printable stand-ins for bytes that byte-level vocabularies are written in (GPT-2's <c>bytes_to_unicode</c>), in vocabulary
/// order.
/// </summary>
internal static class ByteAlphabet
{
    /// <summary>Marks the last symbol of a word.</summary>
    public const string EndOfWord = "</w>";

    /// <summary>The symbols in the order of their ids 0...255.</summary>
    public static IReadOnlyList<char> Symbols { get; } = Build(out ByteOf, out SymbolOf);

    private static readonly FrozenDictionary<char, byte> ByteOf;
    private static readonly char[] SymbolOf;

    /// <summary>One symbol per UTF-8 byte; the last carries the end-of-word mark.</summary>
    public static string[] Spell(string piece)
    {
        var symbols = Array.ConvertAll(Encoding.UTF8.GetBytes(piece), b => SymbolOf[b].ToString());
        if (symbols.Length > 0)
            symbols[^1] += EndOfWord;
        return symbols;
    }

    /// <summary>The text that vocabulary entries spell; bytes that are not UTF-8 become U+FFFD, end-of-word marks become spaces.</summary>
    public static string Read(IEnumerable<string> entries)
    {
        var bytes = new List<byte>();
        foreach (var entry in entries)
        {
            var ends = entry.EndsWith(EndOfWord, StringComparison.Ordinal);
            foreach (var symbol in ends ? entry[..^EndOfWord.Length] : entry)
                if (ByteOf.TryGetValue(symbol, out var value))
                    bytes.Add(value);
            if (ends)
                bytes.Add((byte)' ');
        }

        return Encoding.UTF8.GetString([.. bytes]).Trim(' ');
    }

    // Printable Latin-1 stands for itself, first; the other 68 bytes follow as U+0100, U+0101, ...
    private static char[] Build(out FrozenDictionary<char, byte> byteOf, out char[] symbolOf)
    {
        var order = Enumerable.Range(0, 256).OrderBy(b => IsPrintable(b) ? 0 : 1).ToArray();
        var symbols = new char[256];
        symbolOf = new char[256];
        var next = 256;
        for (var i = 0; i < 256; i++)
        {
            symbols[i] = (char)(IsPrintable(order[i]) ? order[i] : next++);
            symbolOf[order[i]] = symbols[i];
        }

        byteOf = Enumerable.Range(0, 256).ToFrozenDictionary(i => symbols[i], i => (byte)order[i]);
        return symbols;
    }

    private static bool IsPrintable(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
