using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lumen.Files;

/// <summary>
/// The one way in which JSON from outside is read: UTF-8 or UTF-16 with or without a mark, with NaN as Python writes it and comments as
/// people do. Duplicate names, halves of characters and anything that is no JSON are refused with file and place. What may be large is read
/// by <see cref="JsonSections"/>.
/// </summary>
public static class JsonFile
{
    private static readonly JsonDocumentOptions Strict = new()
    {
        AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it; the path if null.</param>
    /// <param name="mostBytes">A file with more is refused.</param>
    /// <exception cref="LumenException">It cannot be read, or is no JSON.</exception>
    public static JsonEntry Read(string path, string? name = null, long mostBytes = TextFile.UsualLimit) =>
        Parse(TextFile.ReadUtf8(path, mostBytes), name ?? path);

    /// <summary>Reads a file of which every line that is not blank is JSON; messages name the line.</summary>
    /// <exception cref="LumenException">It cannot be read, or a line is no JSON.</exception>
    public static IEnumerable<JsonEntry> Lines(string path) =>
        TextFile
            .Lines(path)
            .Where(line => !string.IsNullOrWhiteSpace(line.Text))
            .Select(line => Parse(line.Text, $"{path}, line {line.Number}"));

    /// <summary>Reads a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="LumenException">It is no JSON.</exception>
    public static JsonEntry Parse(string json, string name) => Parse(Encoding.UTF8.GetBytes(json), name);

    /// <summary>Reads a text in UTF-8.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="LumenException">It is no JSON.</exception>
    public static JsonEntry Parse(byte[] json, string name)
    {
        if (json.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            json = json[3..];
        if (!System.Text.Unicode.Utf8.IsValid(json))
            throw TextFile.NotText(name, null);
        return Parse(NonFiniteNumberStream.Store(json), new JsonPlace(name));
    }

    /// <summary>Writes an object of <see cref="JsonEntry.ToObject"/>, with NaN where it was NaN.</summary>
    public static string ToText(JsonNode node, JsonSerializerOptions? options = null) =>
        Encoding.UTF8.GetString(NonFiniteNumberStream.Restore(Encoding.UTF8.GetBytes(node.ToJsonString(options))));

    /// <summary>A value whose text is UTF-8 and has no NaN any more.</summary>
    internal static JsonEntry Parse(ReadOnlyMemory<byte> json, JsonPlace place)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var entry = new JsonEntry(document.RootElement.Clone(), place);
            if (HasEscapedHalves(json.Span))
                RequireWholeText(entry);
            return entry;
        }
        // the latter two for halves of characters in names
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw DuplicateIn(json, place) ?? NoJson(place.ToString(), error);
        }
    }

    /// <summary>The sentence for what is no JSON.</summary>
    internal static LumenException NoJson(string place, Exception error)
    {
        if (error is not JsonException json)
            return new LumenException(
                $"{place} is not valid JSON: a name holds half of a character (an escape such as \\ud83d without its other half). "
                    + "Write the whole character.",
                error
            );
        var sentence = json
            .Message.Split(" LineNumber:")[0]
            .Split(" Path:")[0]
            .Replace(" Change the reader options.", "", StringComparison.Ordinal)
            .TrimEnd('.', ' ');
        var where = json.LineNumber is { } line ? $" (line {line + 1}, byte {json.BytePositionInLine + 1})" : "";
        return new LumenException(
            $"{place} is not valid JSON{where}: {sentence}. Correct it there, or copy or download the file again.",
            error
        );
    }

    // Looked for only where something is wrong, to say where.
    private static LumenException? DuplicateIn(ReadOnlyMemory<byte> json, JsonPlace place)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
            return Find(new JsonEntry(document.RootElement, place));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }

        static LumenException? Find(JsonEntry entry)
        {
            if (entry.Kind == JsonValueKind.Array)
                return entry.Items().Select(Find).FirstOrDefault(found => found is not null);
            if (entry.Kind != JsonValueKind.Object)
                return null;
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (name, value) in entry.Entries())
            {
                if (!names.Add(name))
                    return new LumenException(
                        LumenErrorKind.Format,
                        $"{value.Place} is there twice, so this is not valid JSON: nothing says which of the two counts. Keep one of them."
                    );
                if (Find(value) is { } found)
                    return found;
            }
            return null;
        }
    }

    private static bool HasEscapedHalves(ReadOnlySpan<byte> json) => json.IndexOf("\\ud"u8) >= 0 || json.IndexOf("\\uD"u8) >= 0;

    private static void RequireWholeText(JsonEntry entry)
    {
        if (entry.Kind == JsonValueKind.Array)
            foreach (var item in entry.Items())
                RequireWholeText(item);
        if (entry.Kind == JsonValueKind.Object)
            foreach (var (_, value) in entry.Entries())
                RequireWholeText(value);
        if (entry.Kind != JsonValueKind.String)
            return;
        try
        {
            entry.Value.GetString();
        }
        catch (InvalidOperationException error)
        {
            throw new LumenException(
                $"{entry.Place} holds half of a character: {entry.Shown}. An escape such as \\ud83d must be followed by its other "
                    + "half; write the whole character.",
                error
            );
        }
    }
}
