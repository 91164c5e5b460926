using System.Text.Json;

namespace Lumen.Files;

/// <summary>
/// Reads a JSON object piece by piece, as <see cref="JsonFile"/> would: of its lists, one element is held at a time, so that annotation
/// files of any size fit.
/// </summary>
public sealed class JsonSections : IDisposable
{
    private const int LongestPiece = 256 << 20; // bytes
    private readonly NonFiniteNumberStream _stream;
    private readonly string _path;
    private readonly HashSet<string> _properties = new(StringComparer.Ordinal);
    private byte[] _buffer = new byte[1 << 16];
    private (int Start, int End) _filled;
    private JsonReaderState _state;
    private (bool Begun, string Property, long Index) _at = (false, "", NoArray);
    private bool _final;

    private const long NoArray = -1;

    private JsonSections(string path) => (_path, _stream) = (path, new NonFiniteNumberStream(TextFile.Open(path)));

    /// <summary>The pieces of a file.</summary>
    /// <exception cref="LumenException">It is not a JSON object, or a name is there twice.</exception>
    public static IEnumerable<JsonSection> Read(string path)
    {
        using var sections = new JsonSections(path);
        for (var section = sections.Next(); section.Kind != JsonSectionKind.End; section = sections.Next())
            yield return section;
    }

    /// <summary>The elements of one of a file's lists.</summary>
    /// <exception cref="LumenException">It is not a JSON object, or the property is no list.</exception>
    public static IEnumerable<JsonEntry> Elements(string path, string property)
    {
        foreach (var section in Read(path).Where(section => section.Property == property))
        {
            if (section.Kind == JsonSectionKind.Value)
                throw section.Entry.Fault("a list [...]");
            if (section.Kind == JsonSectionKind.Element)
                yield return section.Entry;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private JsonSection Next()
    {
        try
        {
            while (true)
            {
                var reader = new Utf8JsonReader(_buffer.AsSpan(_filled.Start, _filled.End - _filled.Start), _final, _state);
                if (TryTake(ref reader, out var section))
                {
                    _filled.Start += (int)reader.BytesConsumed;
                    _state = reader.CurrentState;
                    return section;
                }
                if (_final)
                    throw new LumenException(
                        LumenErrorKind.Format,
                        $"{_path} is not valid JSON: it is cut short. Copy or download it again."
                    );
                Fill();
            }
        }
        catch (JsonException fault)
        {
            throw JsonFile.NoJson(_path, fault);
        }
    }

    // Takes one piece, or leaves everything as it is where the buffer ends before it does.
    private bool TryTake(ref Utf8JsonReader reader, out JsonSection section)
    {
        section = default;
        var at = _at;
        if (!reader.Read())
            return false;
        if (!at.Begun)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{_path} is not a JSON object. Expected {{\"images\": [...], \"annotations\": [...]}}."
                );
            at.Begun = true;
            if (!reader.Read())
                return false;
        }
        if (at.Index != NoArray && reader.TokenType == JsonTokenType.EndArray)
            (section, at.Index) = (new JsonSection(JsonSectionKind.ArrayEnd, at.Property), NoArray);
        else if (at.Index != NoArray)
        {
            if (!TryValue(ref reader, new JsonPlace(_path).Entry(at.Property).Item(at.Index++), out var element))
                return false;
            section = new JsonSection(JsonSectionKind.Element, at.Property, element);
        }
        else if (reader.TokenType == JsonTokenType.EndObject)
        {
            reader.Read(); // whatever follows is a fault
            if (!_final)
                return false;
            section = new JsonSection(JsonSectionKind.End, "");
        }
        else
        {
            at.Property = NameOf(ref reader);
            if (!reader.Read())
                return false;
            if (reader.TokenType == JsonTokenType.StartArray)
                (section, at.Index) = (new JsonSection(JsonSectionKind.ArrayBegin, at.Property), 0);
            else if (TryValue(ref reader, new JsonPlace(_path).Entry(at.Property), out var value))
                section = new JsonSection(JsonSectionKind.Value, at.Property, value);
            else
                return false;
            if (!_properties.Add(at.Property))
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{_path}: {at.Property} is there twice, so this is not valid JSON: nothing says which of the two counts. Keep "
                        + "one of them."
                );
        }
        _at = at;
        return true;
    }

    private string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error) // half of a character, or bytes that are no UTF-8
        {
            throw JsonFile.NoJson(_path, error);
        }
    }

    private bool TryValue(ref Utf8JsonReader reader, JsonPlace place, out JsonEntry value)
    {
        value = default;
        var start = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
            return false;
        var json = _buffer.AsMemory(_filled.Start + start, (int)reader.BytesConsumed - start);
        if (!System.Text.Unicode.Utf8.IsValid(json.Span))
            throw TextFile.NotText(place.ToString(), null);
        value = JsonFile.Parse(json, place);
        return true;
    }

    private void Fill()
    {
        var left = _filled.End - _filled.Start;
        if (_filled.Start > 0)
            _buffer.AsSpan(_filled.Start, left).CopyTo(_buffer);
        else if (left >= LongestPiece)
            throw new LumenException(
                LumenErrorKind.Format,
                $"{_path}: {_at.Property} holds a value of more than {LongestPiece} bytes, which no annotation has. Check that it "
                    + "is the right file."
            );
        else if (left == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2); // one element is longer than the buffer
        _filled = (0, left);
        var read = TextFile.Guarded(_path, () => _stream.Read(_buffer.AsSpan(left)));
        _filled.End += read;
        _final = read == 0;
    }
}

/// <summary>A piece of a JSON object: a whole value, or an array's begin, one element, or end.</summary>
/// <param name="Kind">Which piece.</param>
/// <param name="Property">The top-level property it belongs to.</param>
/// <param name="Entry">The value or element, and its place.</param>
public readonly record struct JsonSection(JsonSectionKind Kind, string Property, JsonEntry Entry = default);

/// <summary>The pieces of a JSON object.</summary>
public enum JsonSectionKind
{
    /// <summary>A value that is no list.</summary>
    Value,

    /// <summary>A list begins.</summary>
    ArrayBegin,

    /// <summary>A value of the list.</summary>
    Element,

    /// <summary>The list ends.</summary>
    ArrayEnd,

    /// <summary>The object ends.</summary>
    End,
}
