using System.Text.Json;

namespace Lumen.Models.Text;

/// <summary>Typed reads of one JSON object that gather every fault instead of stopping at the first. An absent or null key means the default.</summary>
internal sealed class ConfigFields(JsonElement root)
{
    /// <summary>One phrase per unusable value.</summary>
    public List<string> Faults { get; } = [];

    public long Integer(string key, long standard, long least, long most = int.MaxValue)
    {
        if (!Found(key, out var value)) return standard;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most) return number;
        Faults.Add($"{key} must be a whole number from {least} to {most} but is {value.GetRawText()}");
        return standard;
    }

    public double Number(string key, double standard)
    {
        if (!Found(key, out var value)) return standard;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) && number > 0) return number;
        Faults.Add($"{key} must be a positive number but is {value.GetRawText()}");
        return standard;
    }

    public T Choice<T>(string key, T standard, IReadOnlyDictionary<string, T> choices)
    {
        if (!Found(key, out var value)) return standard;
        if (value.ValueKind == JsonValueKind.String && choices.TryGetValue(value.GetString()!, out var choice)) return choice;
        Faults.Add($"{key} must be one of {string.Join(", ", choices.Keys)} but is {value.GetRawText()}");
        return standard;
    }

    private bool Found(string key, out JsonElement value) => root.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
}
