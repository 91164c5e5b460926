using System.Globalization;
using System.Text.Json;
using Lumen.Files;

namespace Lumen.Core.Checkpoints;

/// <summary>
/// The fields of one published configuration. A field that is absent or null has its upstream default; a field that cannot be used adds a
/// fault and yields the default, so that the mapping goes on and every fault is reported at once.
/// </summary>
public sealed class ConfigReader
{
    private readonly JsonElement _root;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];

    internal ConfigReader(JsonElement root) => _root = root;

    internal IReadOnlyList<string> Faults => _faults;

    /// <summary>True if the field is there and not null.</summary>
    public bool Has(string key) => Get(key) is not null;

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public int Int(string key, int fallback, int least = 1, int most = int.MaxValue) => OptionalInt(key, least, most) ?? fallback;

    /// <summary>A whole number that has no default.</summary>
    public int RequiredInt(string key, int least = 1)
    {
        if (!Has(key))
            _faults.Add($"{key} is missing; expected a whole number.");
        return OptionalInt(key, least) ?? least;
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>, or null if absent.</summary>
    public int? OptionalInt(string key, int least = 1, int most = int.MaxValue)
    {
        if (Get(key) is not { } value)
            return null;
        if (AsInt(value) is { } number && number >= least && number <= most)
            return number;
        return Wrong<int?>(key, value, $"a whole number {Range(least, most)}", null);
    }

    /// <summary>A whole number from 0 to the largest of 64 bits, such as a seed.</summary>
    public ulong Natural(string key, ulong fallback) =>
        Get(key) is not { } value ? fallback
        : value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number) ? number
        : Wrong(key, value, "a whole number from 0 up", fallback);

    /// <summary>Any finite number.</summary>
    public double Number(string key, double fallback) => OptionalNumber(key) ?? fallback;

    /// <summary>Any finite number, or null if absent.</summary>
    public double? OptionalNumber(string key)
    {
        if (Get(key) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : Wrong<double?>(key, value, "a number", null);
    }

    /// <summary>A number from 0 to 1.</summary>
    public double Fraction(string key, double fallback)
    {
        var number = Number(key, fallback);
        Require(number is >= 0 and <= 1, $"{key} must be 0 to 1 but is {number.ToString(CultureInfo.InvariantCulture)}.");
        return number is >= 0 and <= 1 ? number : fallback;
    }

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool fallback) =>
        Get(key) is not { } value ? fallback
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : Wrong(key, value, "true or false", fallback);

    /// <summary>The field as it stands, or null if absent; it outlives the text that was read.</summary>
    public JsonElement? Element(string key) => Get(key)?.Clone();

    /// <summary>A string, or null if absent.</summary>
    public string? OptionalText(string key) =>
        Get(key) is not { } value ? null : AsText(value) ?? Wrong<string?>(key, value, "a string", null);

    /// <summary>A string.</summary>
    public string Text(string key, string fallback) => OptionalText(key) ?? fallback;

    /// <summary>One of the <paramref name="supported"/> strings; another is a fault that names it.</summary>
    public string Choice(string key, string fallback, params ReadOnlySpan<string> supported)
    {
        var text = Text(key, fallback);
        if (supported.Contains(text))
            return text;
        _faults.Add($"{key}: \"{text}\" is not supported; expected one of {string.Join(", ", supported!)}.");
        return fallback;
    }

    /// <summary>A list of whole numbers from <paramref name="least"/> to <paramref name="most"/>, not empty.</summary>
    public IReadOnlyList<int> Ints(string key, IReadOnlyList<int> fallback, int least = 1, int most = int.MaxValue) =>
        Get(key) is not { } value
            ? fallback
            : IntList(value, least, most) ?? Wrong(key, value, $"a list of whole numbers {Range(least, most)}", fallback);

    /// <summary>A list of finite numbers; empty if absent.</summary>
    public IReadOnlyList<double> Numbers(string key)
    {
        if (Get(key) is not { } value)
            return [];
        var fits =
            value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && double.IsFinite(item.GetDouble()));
        return fits
            ? [.. value.EnumerateArray().Select(item => item.GetDouble())]
            : Wrong<IReadOnlyList<double>>(key, value, "a list of numbers", []);
    }

    /// <summary>
    /// <paramref name="count"/> whole numbers, given as a list or as one number for all (<c>"attention_head_dim": 8</c> or <c>[5, 10, 20,
    /// 20]</c>).
    /// </summary>
    public IReadOnlyList<int> IntOrList(string key, int count, int fallback, int least = 1, int most = int.MaxValue)
    {
        IReadOnlyList<int> defaults = [.. Enumerable.Repeat(fallback, count)];
        if (Get(key) is not { } value)
            return defaults;
        if (AsInt(value) is { } one && one >= least && one <= most)
            return [.. Enumerable.Repeat(one, count)];
        return IntList(value, least, most) is { } list && list.Count == count
            ? list
            : Wrong(key, value, $"a whole number {Range(least, most)}, or a list of {count}", defaults);
    }

    /// <summary>A list of <paramref name="count"/> flags, given as a list or as one flag for all (<c>only_cross_attention</c>).</summary>
    public IReadOnlyList<bool> FlagOrList(string key, int count, bool fallback)
    {
        IReadOnlyList<bool> defaults = [.. Enumerable.Repeat(fallback, count)];
        if (Get(key) is not { } value)
            return defaults;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return [.. Enumerable.Repeat(value.GetBoolean(), count)];
        var fits =
            value.ValueKind == JsonValueKind.Array
            && value.GetArrayLength() == count
            && value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.True or JsonValueKind.False);
        return fits
            ? [.. value.EnumerateArray().Select(item => item.GetBoolean())]
            : Wrong(key, value, $"true or false, or a list of {count} of them", defaults);
    }

    /// <summary>A list of strings; with <paramref name="supported"/>, each must be one of them.</summary>
    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string> fallback, params ReadOnlySpan<string> supported)
    {
        if (Get(key) is not { } value)
            return fallback;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => AsText(item) is null))
            return Wrong(key, value, "a list of strings", fallback);
        string[] texts = [.. value.EnumerateArray().Select(item => AsText(item)!)];
        var sound = true;
        foreach (var text in texts)
        {
            if (supported.IsEmpty || supported.Contains(text))
                continue;
            _faults.Add($"{key}: \"{text}\" is not supported; expected {string.Join(", ", supported!)}.");
            sound = false;
        }
        return sound ? texts : fallback;
    }

    /// <summary>
    /// The field of an object inside this one, such as <c>text_config</c>; null if absent. Its faults are reported with these.
    /// </summary>
    public T? Object<T>(string key, Func<ConfigReader, T> map)
        where T : class
    {
        if (Get(key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            return Wrong<T?>(key, value, "an object", null);
        var inner = new ConfigReader(value);
        var result = map(inner);
        _faults.AddRange(inner.Faults.Select(fault => $"{key}.{fault}"));
        return result;
    }

    /// <summary>Objects of a list, each read as <see cref="Object{T}"/> reads one; empty if absent.</summary>
    public IReadOnlyList<T> Objects<T>(string key, Func<ConfigReader, T> map)
    {
        if (Get(key) is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
            return Wrong<IReadOnlyList<T>>(key, value, "a list of objects", []);
        var results = new List<T>();
        foreach (var (index, item) in value.EnumerateArray().Index())
        {
            var inner = new ConfigReader(item);
            results.Add(map(inner));
            _faults.AddRange(inner.Faults.Select(fault => $"{key}[{index}].{fault}"));
        }
        return results;
    }

    /// <summary>
    /// Refuses a field that would change the result unless it is absent, null or, as JSON, one of <paramref name="harmless"/>
    /// (<c>"false"</c>, <c>"1"</c>, <c>"\"positional\""</c>).
    /// </summary>
    public void Unsupported(string key, params ReadOnlySpan<string> harmless)
    {
        if (Get(key) is not { } value || harmless.Contains(value.GetRawText()))
            return;
        var alternatives = harmless.IsEmpty ? "" : $" or {string.Join(", ", harmless!)}";
        _faults.Add($"{key}: {Short(value)} is not supported; expected null{alternatives}.");
    }

    /// <summary>The same with the reason why it is not supported.</summary>
    public void Unsupported(string key, string reason, IReadOnlyList<string> harmless)
    {
        if (Get(key) is not { } value || harmless.Contains(value.GetRawText()))
            return;
        _faults.Add($"{key}: {Short(value)} is not supported, {reason}; expected {string.Join(" or ", harmless.Prepend("null"))}.");
    }

    /// <summary>Adds <paramref name="fault"/>, a sentence that names the field, unless the condition holds.</summary>
    public void Require(bool condition, string fault)
    {
        if (!condition)
            _faults.Add(fault);
    }

    /// <summary>
    /// Refuses every field that nothing has asked for, so that none is silently ignored. Fields that are null, start with "_" or are
    /// <paramref name="harmless"/> pass.
    /// </summary>
    public void RefuseOthers(params ReadOnlySpan<string> harmless) =>
        RefuseOthers(harmless, "that is not known here; correct its name, or take it out if it means nothing");

    /// <summary>The same with what is said of such a field, behind "is a setting".</summary>
    public void RefuseOthers(ReadOnlySpan<string> harmless, string verdict)
    {
        foreach (var field in _root.EnumerateObject())
        {
            if (
                _read.Contains(field.Name)
                || field.Name.StartsWith('_')
                || field.Value.ValueKind == JsonValueKind.Null
                || harmless.Contains(field.Name)
            )
                continue;
            _faults.Add($"{field.Name}: {Short(field.Value)} is a setting {verdict}.");
        }
    }

    private JsonElement? Get(string key)
    {
        _read.Add(key);
        return _root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T Wrong<T>(string key, JsonElement value, string expected, T fallback)
    {
        _faults.Add($"{key} must be {expected} but is {Short(value)}.");
        return fallback;
    }

    // 8.0 is a whole number too: some configurations are written by code that has only doubles.
    private static int? AsInt(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var number)
        && number == Math.Floor(number)
        && Math.Abs(number) <= int.MaxValue
            ? (int)number
            : null;

    /// <summary>A string, or null for anything else.</summary>
    internal static string? AsText(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && NonFiniteNumberStream.NameOf(value) is null ? value.GetString() : null;

    private static string Range(int least, int most) => most == int.MaxValue ? $"from {least} up" : $"from {least} to {most}";

    private static IReadOnlyList<int>? IntList(JsonElement value, int least, int most)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            return null;
        int?[] numbers = [.. value.EnumerateArray().Select(AsInt)];
        return numbers.All(number => number >= least && number <= most) ? [.. numbers.Select(number => number!.Value)] : null;
    }

    private static string Short(JsonElement value)
    {
        var text = NonFiniteNumberStream.NameOf(value) ?? value.GetRawText();
        return text.Length <= 60 ? text : text[..57] + "...";
    }
}
