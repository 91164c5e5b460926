using System.Text;
using System.Text.Json;
using Lumen.Core.Tensors;

namespace Lumen.Core.Checkpoints;

/// <summary>
/// The checked header of a safetensors file. Nothing in it is believed before it has been compared with the length of the file,
/// so no claim of a hostile header leads to an allocation.
/// Source: the format description and <c>Metadata::validate</c> of the reference implementation (huggingface/safetensors).
/// </summary>
internal sealed class SafetensorsHeader
{
    private const int MaxDimensions = 32;
    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataLength;
    private readonly Dictionary<string, TensorEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file, long dataStart, long dataLength) =>
        (_file, _dataStart, _dataLength) = (file, dataStart, dataLength);

    public IReadOnlyDictionary<string, TensorEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Parses and checks the JSON part of a header.</summary>
    /// <param name="json">The header without its length prefix.</param>
    /// <param name="file">Name of the file, for messages.</param>
    /// <param name="dataLength">Bytes of the file after the header.</param>
    /// <exception cref="LumenException">The header is not valid, or does not describe exactly the bytes that follow it.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string file, long dataLength)
    {
        var header = new SafetensorsHeader(file, sizeof(ulong) + json.Length, dataLength);
        try
        {
            if (json.IsEmpty || json[0] != (byte)'{')
                throw header.Fault("Its header must be a JSON object that starts with '{'.");
            if (!System.Text.Unicode.Utf8.IsValid(json))
                throw header.Fault("Its header is not UTF-8 text.");
            var reader = new Utf8JsonReader(json);
            reader.Read();
            header.ReadTop(ref reader);
            while (reader.Read())
                throw header.Fault("Its header continues after the closing '}'.");
        }
        // the latter for an unpaired surrogate in an escape
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new LumenException(header.Fault($"Its header is not valid JSON: {error.Message}").Message, error);
        }
        header.CheckCoverage();
        return header;
    }

    private void ReadTop(ref Utf8JsonReader reader)
    {
        var hasMetadata = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name != "__metadata__")
            {
                if (!_entries.TryAdd(name, ReadEntry(ref reader, name)))
                    throw Fault($"Tensor {Quote(name)} is listed twice; a name may occur once.");
                continue;
            }
            if (hasMetadata)
                throw Fault("Its header lists __metadata__ twice.");
            hasMetadata = true;
            ReadMetadata(ref reader);
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Fault($"__metadata__ must be an object of strings but is {Kind(reader.TokenType)}.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Fault($"__metadata__ entry {Quote(key)} must be a string but is {Kind(reader.TokenType)}.");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw Fault($"__metadata__ entry {Quote(key)} is listed twice.");
        }
    }

    private TensorEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Fault($"Tensor {Quote(name)} must be described by an object but is {Kind(reader.TokenType)}.");
        string? dtype = null;
        List<long>? shape = null,
            offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString()!;
            reader.Read();
            var repeated = field switch
            {
                "dtype" => dtype is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => false,
            };
            if (repeated)
                throw Fault($"Tensor {Quote(name)} gives {field} twice.");
            switch (field)
            {
                case "dtype" when reader.TokenType == JsonTokenType.String:
                    dtype = reader.GetString()!;
                    break;
                case "dtype":
                    throw Fault($"The dtype of tensor {Quote(name)} must be a string but is {Kind(reader.TokenType)}.");
                case "shape":
                    shape = ReadNumbers(ref reader, name, field, MaxDimensions);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref reader, name, field, 2);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (dtype is null || shape is null || offsets is not [var begin, var end])
            throw Fault(
                $"Tensor {Quote(name)} must have dtype, shape and data_offsets [begin, end], and at least one is missing or incomplete."
            );
        if (SafetensorsTypes.Parse(dtype) is not { } type)
            throw Fault(
                $"Tensor {Quote(name)} has dtype {Quote(dtype)}, which is not supported; expected one of {SafetensorsTypes.Names}."
            );
        if (begin > end || end > _dataLength)
            throw Fault(
                $"Tensor {Quote(name)} claims bytes {begin} to {end}, but the file holds bytes 0 to {_dataLength} of data. It may "
                    + "be cut short; fetch it again."
            );
        var bytes = ByteCount(shape, type.Stored is null ? SafetensorsTypes.Bytes(type.Type) : 1, name);
        if (bytes != end - begin)
            throw Fault(
                $"Tensor {Quote(name)} of shape {Shape.Text(shape)} and dtype {dtype} needs {bytes} bytes, but its data_offsets "
                    + $"span {end - begin}."
            );
        return new TensorEntry(name, type.Type, shape.AsReadOnly(), _dataStart + begin, bytes) { Float8 = type.Stored };
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string field, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Fault($"The {field} of tensor {Quote(name)} must be a list of numbers but is {Kind(reader.TokenType)}.");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw Fault($"The {field} of tensor {Quote(name)} must hold whole numbers from 0 to {long.MaxValue}, and one is not.");
            if (numbers.Count == most)
                throw Fault($"The {field} of tensor {Quote(name)} has more than {most} numbers.");
            numbers.Add(number);
        }
        return numbers;
    }

    // Zero sizes count as one in the check: strides are products of the other sizes and must not overflow either.
    private long ByteCount(List<long> shape, int elementBytes, string name)
    {
        UInt128 guard = (UInt128)elementBytes;
        foreach (var size in shape)
        {
            guard *= (UInt128)Math.Max(size, 1);
            if (guard > long.MaxValue)
                throw Fault($"Tensor {Quote(name)} claims the shape {Shape.Text(shape)}, which is more than any memory holds.");
        }
        return shape.Contains(0) ? 0 : (long)guard;
    }

    // Every byte after the header belongs to exactly one tensor.
    private void CheckCoverage()
    {
        TensorEntry? before = null;
        var expected = _dataStart;
        foreach (var entry in _entries.Values.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length))
        {
            if (entry.Offset != expected)
            {
                var fault = entry.Offset < expected ? $"overlaps {Quote(before!.Name)}" : "leaves a gap before it";
                throw Fault(
                    $"Tensor {Quote(entry.Name)} {fault}: its data starts at byte {entry.Offset - _dataStart}, expected "
                        + $"{expected - _dataStart}."
                );
            }
            expected += entry.Length;
            before = entry;
        }
        var spare = _dataStart + _dataLength - expected;
        if (spare != 0)
            throw Fault($"It holds {spare} bytes after its last tensor, expected none.");
    }

    private LumenException Fault(string sentence) => new(LumenErrorKind.Format, $"{_file} is not a usable safetensors file. {sentence}");

    private static string Kind(JsonTokenType token) =>
        token switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "true or false",
            JsonTokenType.Null => "null",
            _ => "missing",
        };

    // Names come from the file: shortened, and without characters that would garble a terminal.
    private static string Quote(string name)
    {
        var text = new StringBuilder("\"", 84);
        foreach (var letter in name.AsSpan(0, Math.Min(name.Length, 80)))
            text.Append(char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter);
        return text.Append(name.Length > 80 ? "...\"" : "\"").ToString();
    }
}
