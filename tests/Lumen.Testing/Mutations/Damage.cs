using System.Text;

namespace Lumen.Testing.Mutations;

/// <summary>
/// Random damage to files that someone may have got from anywhere: bits and bytes, ends cut off, other encodings and line ends, and what
/// <see cref="JsonDamage"/> and <see cref="PngDamage"/> do.
/// </summary>
public static class Damage
{
    private static readonly string[] Tokens =
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "null",
        "true",
        "-1",
        "0",
        "1e99",
        "4294967296",
        "9223372036854775807",
        "18446744073709551615",
        "NaN",
        "\\ud800",
        "\u0000",
        ";",
        "\t",
        "\r",
        "\n",
        "..",
        "/",
        "=",
        "'",
        "\"\"\"",
        "<",
        "&",
        "é",
        "\u202e",
        "\u001b[31m",
    ];

    /// <summary>A file with one to three changes.</summary>
    /// <param name="file">The sound file.</param>
    /// <param name="random">Decides everything.</param>
    public static byte[] Apply(byte[] file, Random random)
    {
        for (var left = random.Next(1, 4); left > 0; left--)
            file = Once(file, random);
        return file;
    }

    private static byte[] Once(byte[] file, Random random)
    {
        if (file.Length == 0)
            return [(byte)random.Next(256)];
        if (file.AsSpan().StartsWith(PngDamage.Signature) && random.Next(4) > 0)
            return PngDamage.Apply(file, random);
        if (random.Next(2) == 0 && JsonDamage.TryApply(file, random) is { } other)
            return other;
        var at = random.Next(file.Length);
        var length = Math.Min(random.Next(1, 64), file.Length - at);
        switch (random.Next(12))
        {
            case 0:
                return With(file, at, (byte)(file[at] ^ (1 << random.Next(8))));
            case 1:
                return With(file, at, (byte)random.Next(256));
            case 2:
                return file[..at];
            case 3:
                return [.. file[..at], .. file[(at + length)..]];
            case 4:
                return [.. file[..(at + length)], .. file[at..]];
            case 5 or 6:
                return [.. file[..at], .. Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]), .. file[at..]];
            case 7:
                int[] digits = [.. Enumerable.Range(0, file.Length).Where(index => char.IsAsciiDigit((char)file[index]))];
                return digits.Length == 0 ? file : With(file, digits[random.Next(digits.Length)], (byte)('0' + random.Next(10)));
            case 8:
                return [0xEF, 0xBB, 0xBF, .. file];
            case 9:
                return [.. file.SelectMany(one => one == '\n' ? "\r\n"u8.ToArray() : [one])];
            case 10:
                return random.Next(2) == 0
                    ? Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(file))
                    : [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(file))];
            default: // swap two lines, or say one twice
                string[] lines = Encoding.UTF8.GetString(file).Split('\n');
                var (one, two) = (random.Next(lines.Length), random.Next(lines.Length));
                (lines[one], lines[two]) = random.Next(2) == 0 ? (lines[two], lines[one]) : (lines[one], lines[one]);
                return Encoding.UTF8.GetBytes(string.Join('\n', lines));
        }
    }

    private static byte[] With(byte[] file, int at, byte value)
    {
        byte[] copy = [.. file];
        copy[at] = value;
        return copy;
    }
}
