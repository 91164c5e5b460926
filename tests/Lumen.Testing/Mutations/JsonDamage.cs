using System.Text;
using System.Text.Json;

namespace Lumen.Testing.Mutations;

/// <summary>
/// Damage that leaves JSON mostly JSON: a value of another kind, a name that is there twice or not at all, half a character.
/// </summary>
internal static class JsonDamage
{
    private static readonly string[] Values =
    [
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "[null]",
        "{\"a\": null}",
        "\"\"",
        "\"text\"",
        "\"7\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"../../etc/passwd\"",
        "\"/dev/zero\"",
        "\"a\\nb\"",
        "0",
        "-1",
        "7",
        "128.0",
        "0.5",
        "-0.0",
        "1e3",
        "1e999",
        "1e-999",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        "NaN",
        "Infinity",
        "-Infinity",
        "[[[[[[]]]]]]",
        "[0, 0, 0, 0, 0]",
        "{\"0\": 0}",
    ];

    /// <summary>The JSON with one change, also in one line of several; null where it is none.</summary>
    public static byte[]? TryApply(byte[] file, Random random)
    {
        try
        {
            return Apply(file, random);
        }
        catch (JsonException)
        {
            int[] ends = [.. Enumerable.Range(0, file.Length).Where(index => file[index] == '\n')];
            if (ends.Length == 0)
                return null;
            var line = random.Next(ends.Length);
            var (start, end) = (line == 0 ? 0 : ends[line - 1] + 1, ends[line]);
            try
            {
                return Apply(file[start..end], random) is { } changed ? [.. file[..start], .. changed, .. file[end..]] : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    private static byte[]? Apply(byte[] json, Random random)
    {
        var (values, entries) = Spans(json);
        if (values.Count == 0)
            return null;
        var value = values[random.Next(values.Count)];
        if (entries.Count == 0 || random.Next(5) < 3)
            return Replaced(json, value, Values[random.Next(Values.Length)]);
        var entry = entries[random.Next(entries.Count)];
        var text = Encoding.UTF8.GetString(json[entry]);
        return random.Next(5) switch
        {
            0 => Replaced(json, entry, $"{text}, {text}"),
            1 => Replaced(
                json,
                entry,
                $"{text}, {text[..(text.IndexOf(':', StringComparison.Ordinal) + 1)]} {Values[random.Next(Values.Length)]}"
            ),
            2 => Replaced(json, entry, "\"other\": 1"), // as good as left out
            3 => Replaced(json, entry, $"{text}, \"\\udc00\": 1"),
            _ => Replaced(json, value, Encoding.UTF8.GetString(json[values[random.Next(values.Count)]])),
        };
    }

    private static byte[] Replaced(byte[] json, Range span, string text) =>
        [.. json[..span.Start.Value], .. Encoding.UTF8.GetBytes(text), .. json[span.End.Value..]];

    private static (List<Range> Values, List<Range> Entries) Spans(byte[] json)
    {
        var (values, entries) = (new List<Range>(), new List<Range>());
        var open = new Stack<(int Start, int Name)>();
        var reader = new Utf8JsonReader(json);
        var name = -1;
        while (reader.Read())
        {
            var start = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = start;
                    continue;
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    open.Push((start, name));
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    Add(open.Pop(), (int)reader.BytesConsumed);
                    break;
                default:
                    Add((start, name), (int)reader.BytesConsumed);
                    break;
            }
            name = -1;
        }
        return (values, entries);

        void Add((int Start, int Name) span, int end)
        {
            values.Add(span.Start..end);
            if (span.Name >= 0)
                entries.Add(span.Name..end);
        }
    }
}
