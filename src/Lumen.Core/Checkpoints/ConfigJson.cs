using System.Text.Json;
using Lumen.Files;

namespace Lumen.Core.Checkpoints;

/// <summary>Turns a published <c>config.json</c> into a record, reporting all faults together.</summary>
public static class ConfigJson
{
    private const int MaxBytes = 64 << 20; // the largest real one, an index of thousands of tensors, has a few megabytes

    /// <summary>Reads a file; <paramref name="map"/> asks the reader for each field and builds the record.</summary>
    /// <exception cref="LumenException">The file is absent or not a JSON object, or any field has a wrong type or an unsupported
    /// value.</exception>
    public static T Read<T>(string path, Func<ConfigReader, T> map) => Map(ReadObject(path), map);

    /// <summary>The text of a configuration file.</summary>
    /// <exception cref="LumenException">The file cannot be read, or is larger than any configuration.</exception>
    public static string TextOf(string path) => TextFile.Read(path, MaxBytes);

    /// <summary>The same from text; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="LumenException">The text is not a JSON object, or any field has a wrong type or an unsupported value.</exception>
    public static T Parse<T>(string json, string name, Func<ConfigReader, T> map) => Map(Object(JsonFile.Parse(json, name)), map);

    /// <summary>A JSON object.</summary>
    internal static JsonEntry ReadObject(string path) => Object(JsonFile.Parse(TextOf(path), Checkpoint.Describe(path)));

    private static JsonEntry Object(JsonEntry entry) =>
        entry.Kind == JsonValueKind.Object
            ? entry
            : throw new LumenException(LumenErrorKind.Format, $"{entry.Place} must be a JSON object {{...}} but is not.");

    private static T Map<T>(JsonEntry entry, Func<ConfigReader, T> map)
    {
        var reader = new ConfigReader(entry.Value);
        var result = map(reader);
        if (reader.Faults.Count == 0)
            return result;
        throw new LumenException(
            LumenErrorKind.Format,
            $"{entry.Place} cannot be used:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", reader.Faults)}"
        );
    }
}
