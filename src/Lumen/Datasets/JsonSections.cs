using System.Text.Json;
using Lumen.Core;

namespace Lumen.Datasets;

/// <summary>Reads a JSON object piece by piece: of its arrays, one element is held at a time, so that annotation files of any size fit.</summary>
internal sealed class JsonSections : IDisposable
{
    private readonly FileStream _stream;
    private readonly string _path;
    private byte[] _buffer = new byte[1 << 16];
    private (int Start, int End) _filled;
    private JsonReaderState _state;
    private (bool Begun, string Property, bool InArray) _at = (false, "", false);
    private bool _final;

    private JsonSections(string path) => (_path, _stream) = (path, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0));

    /// <summary>The pieces of a file.</summary>
    /// <exception cref="LumenException">It is not a JSON object.</exception>
    public static IEnumerable<JsonSection> Read(string path)
    {
        using var sections = new JsonSections(path);
        for (var section = sections.Next(); section.Kind != JsonSectionKind.End; section = sections.Next()) yield return section;
    }

    /// <summary>The elements of one of a file's arrays.</summary>
    /// <exception cref="LumenException">It is not a JSON object.</exception>
    public static IEnumerable<JsonElement> Elements(string path, string property) =>
        Read(path).Where(section => section.Kind == JsonSectionKind.Element && section.Property == property).Select(section => section.Value);

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
                if (_final) throw new LumenException($"{_path} is cut short: the JSON ends in the middle. Copy or download it again.");
                Fill();
            }
        }
        catch (JsonException fault)
        {
            throw new LumenException($"{_path} is not a JSON file of annotations: {fault.Message} Copy or download it again.", fault);
        }
    }

    // Takes one piece, or leaves everything as it is where the buffer ends before it does.
    private bool TryTake(ref Utf8JsonReader reader, out JsonSection section)
    {
        section = default;
        var at = _at;
        if (!reader.Read()) return false;
        if (!at.Begun)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new LumenException($"{_path} is not a JSON object. Expected {{\"images\": [...], \"annotations\": [...]}}.");
            at.Begun = true;
            if (!reader.Read()) return false;
        }
        if (at.InArray && reader.TokenType == JsonTokenType.EndArray) (section, at.InArray) = (new JsonSection(JsonSectionKind.ArrayEnd, at.Property), false);
        else if (at.InArray)
        {
            if (!TryValue(ref reader, out var element)) return false;
            section = new JsonSection(JsonSectionKind.Element, at.Property, element);
        }
        else if (reader.TokenType == JsonTokenType.EndObject) section = new JsonSection(JsonSectionKind.End, "");
        else
        {
            at.Property = reader.GetString()!;
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.StartArray) (section, at.InArray) = (new JsonSection(JsonSectionKind.ArrayBegin, at.Property), true);
            else if (TryValue(ref reader, out var value)) section = new JsonSection(JsonSectionKind.Value, at.Property, value);
            else return false;
        }
        _at = at;
        return true;
    }

    private bool TryValue(ref Utf8JsonReader reader, out JsonElement value)
    {
        value = default;
        var start = (int)reader.TokenStartIndex;
        if (!reader.TrySkip()) return false;
        using var document = JsonDocument.Parse(_buffer.AsMemory(_filled.Start + start, (int)reader.BytesConsumed - start));
        value = document.RootElement.Clone();
        return true;
    }

    private void Fill()
    {
        var left = _filled.End - _filled.Start;
        if (_filled.Start > 0) _buffer.AsSpan(_filled.Start, left).CopyTo(_buffer);
        else if (left == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);   // one element is longer than the buffer
        var begins = _filled == (0, 0) && !_at.Begun;
        _filled = (0, left);
        var read = _stream.Read(_buffer.AsSpan(left));
        _filled.End += read;
        _final = read == 0;
        if (begins && _buffer.AsSpan(0, read).StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) _filled.Start = 3;   // a byte order mark
    }
}
