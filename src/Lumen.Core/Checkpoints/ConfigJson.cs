using System.Text.Json;

namespace Lumen.Core.Checkpoints;

/// <summary>Turns a published <c>config.json</c> into a record, reporting all faults together.</summary>
public static class ConfigJson
{
    private const int MaxBytes = 64 << 20;   // the largest real one, an index of thousands of tensors, has a few megabytes

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a file; <paramref name="map"/> asks the reader for each field and builds the record.</summary>
    /// <exception cref="LumenException">The file is absent or not a JSON object, or any field has a wrong type or an unsupported value.</exception>
    public static T Read<T>(string path, Func<ConfigReader, T> map)
    {
        using var document = ReadDocument(path);
        return Map(document, Checkpoint.Describe(path), map);
    }

    /// <summary>The text of a configuration file.</summary>
    /// <exception cref="LumenException">The file cannot be read, or is larger than any configuration.</exception>
    public static string TextOf(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= MaxBytes ? File.ReadAllText(path) : throw new LumenException($"{path} has {length} bytes; a configuration has at most {MaxBytes}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LumenException($"{path} cannot be read: {error.Message} Check the path and that the file may be read.", error);
        }
    }

    /// <summary>The same from text; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="LumenException">The text is not a JSON object, or any field has a wrong type or an unsupported value.</exception>
    public static T Parse<T>(string json, string name, Func<ConfigReader, T> map)
    {
        using var document = ParseDocument(json, name);
        return Map(document, name, map);
    }

    /// <summary>A JSON object without duplicate keys.</summary>
    internal static JsonDocument ReadDocument(string path) => ParseDocument(TextOf(path), Checkpoint.Describe(path));

    private static JsonDocument ParseDocument(string json, string name)
    {
        try
        {
            var document = JsonDocument.Parse(json, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)   // the latter two for unpaired surrogates
        {
            throw new LumenException($"{name} is not valid JSON: {error.Message}", error);
        }
        throw new LumenException($"{name} must be a JSON object {{...}} but is not.");
    }

    private static T Map<T>(JsonDocument document, string name, Func<ConfigReader, T> map)
    {
        var reader = new ConfigReader(document.RootElement);
        var result = map(reader);
        if (reader.Faults.Count == 0) return result;
        throw new LumenException($"{name} cannot be used:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", reader.Faults)}");
    }
}
