using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Lumen.Files;

/// <summary>
/// JSON as a type of ours. The serializer's own messages name types of the program; here the JSON is compared with the type first, in the
/// user's words.
/// </summary>
internal static class JsonTyped
{
    private static readonly Dictionary<Type, (decimal Least, decimal Most)> Whole = new()
    {
        [typeof(int)] = (int.MinValue, int.MaxValue),
        [typeof(long)] = (long.MinValue, long.MaxValue),
        [typeof(short)] = (short.MinValue, short.MaxValue),
        [typeof(byte)] = (byte.MinValue, byte.MaxValue),
        [typeof(uint)] = (uint.MinValue, uint.MaxValue),
        [typeof(ulong)] = (ulong.MinValue, ulong.MaxValue),
        [typeof(ushort)] = (ushort.MinValue, ushort.MaxValue),
    };
    private static readonly Type[] Real = [typeof(double), typeof(float), typeof(decimal)];

    /// <exception cref="LumenException">The entry does not fit the type.</exception>
    public static T Read<T>(JsonEntry entry, JsonSerializerOptions options)
    {
        if (!options.RespectNullableAnnotations)
            throw new ArgumentException(
                "The options must have RespectNullableAnnotations, or null gets where none is expected.",
                nameof(options)
            );
        options.MakeReadOnly(populateMissingResolver: true);
        if (entry.FirstNonFinite() is { } strange)
            throw strange.Fault("a number");
        Require(entry, typeof(T), options);
        try
        {
            return entry.Value.Deserialize<T>(options) ?? throw entry.Fault("a value");
        }
        catch (JsonException)
        {
            return Again<T>(entry, options);
        }
    }

    // 128.0 for 128, which the serializer does not take, is written anew. Only then is what it says the fault.
    private static T Again<T>(JsonEntry entry, JsonSerializerOptions options)
    {
        try
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream))
                Write(json, entry);
            return JsonSerializer.Deserialize<T>(stream.ToArray(), options) ?? throw entry.Fault("a value");
        }
        catch (JsonException error)
        {
            var sentence = error.Message.Split(" Path:")[0].TrimEnd('.');
            throw new LumenException(
                $"{entry.Place}{(entry.Place.Contains(": ", StringComparison.Ordinal) ? "" : ": ")}"
                    + $"{error.Path?.TrimStart('$').TrimStart('.')}"
                    + $" cannot be used: {sentence}. Correct it there.",
                error
            );
        }
    }

    private static void Write(Utf8JsonWriter json, JsonEntry entry)
    {
        switch (entry.Kind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var (name, value) in entry.Entries())
                {
                    json.WritePropertyName(name);
                    Write(json, value);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in entry.Items())
                    Write(json, item);
                json.WriteEndArray();
                break;
            case JsonValueKind.Number when entry.TryLong() is { } number and not 0:
                json.WriteNumberValue(number);
                break;
            default:
                entry.Value.WriteTo(json);
                break;
        }
    }

    private static void Require(JsonEntry entry, Type declared, JsonSerializerOptions options)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        var info = options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                RequireObject(entry, info, options);
                break;
            case JsonTypeInfoKind.Enumerable:
                foreach (var item in entry.Items())
                    RequireElement(item, info.ElementType!, options);
                break;
            case JsonTypeInfoKind.Dictionary:
                foreach (var (_, value) in entry.Entries())
                    RequireElement(value, info.ElementType!, options);
                break;
            default:
                RequireScalar(entry, type, options);
                break;
        }
    }

    private static void RequireObject(JsonEntry entry, JsonTypeInfo info, JsonSerializerOptions options)
    {
        var comparer = options.PropertyNameCaseInsensitive ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var known = info.Properties.Where(property => !property.IsExtensionData).ToDictionary(property => property.Name, comparer);
        var given = new HashSet<string>(comparer);
        foreach (var (name, value) in entry.Entries())
        {
            if (!known.TryGetValue(name, out var property))
            {
                if ((info.UnmappedMemberHandling ?? options.UnmappedMemberHandling) == JsonUnmappedMemberHandling.Disallow)
                    throw new LumenException(
                        LumenErrorKind.Format,
                        $"{value.Place} is not known. Known are {string.Join(", ", known.Keys)}."
                    );
                continue;
            }
            given.Add(name);
            if (IsNumberInText(value, property))
                continue;
            if (value.Kind != JsonValueKind.Null)
                Require(value, property.PropertyType, options);
            else if (
                !property.IsSetNullable || (property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null)
            )
                throw value.Fault(Words(property.PropertyType));
        }
        if (info.Properties.FirstOrDefault(property => IsNeeded(property) && !given.Contains(property.Name)) is { } missing)
            throw new LumenException(
                LumenErrorKind.Format,
                $"{entry.Place} has no \"{missing.Name}\". Add it: {Words(missing.PropertyType)}."
            );
    }

    // As JavaScript has to write what is larger than 2^53.
    private static bool IsNumberInText(JsonEntry value, JsonPropertyInfo property) =>
        property.NumberHandling?.HasFlag(JsonNumberHandling.AllowReadingFromString) == true
        && value.Kind == JsonValueKind.String
        && Whole.TryGetValue(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, out var range)
        && decimal.TryParse(value.Value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number >= range.Least
        && number <= range.Most;

    // Without these a record would hold null where it says that there is none.
    private static bool IsNeeded(JsonPropertyInfo property) =>
        property.IsRequired
        || property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false, ParameterType.IsValueType: false };

    // What a list of a reference type may hold is not known at run time; none of ours holds null.
    private static void RequireElement(JsonEntry entry, Type type, JsonSerializerOptions options)
    {
        if (entry.Kind != JsonValueKind.Null)
            Require(entry, type, options);
        else if (Nullable.GetUnderlyingType(type) is null)
            throw entry.Fault(Words(type));
    }

    private static void RequireScalar(JsonEntry entry, Type type, JsonSerializerOptions options)
    {
        var whole =
            entry.Kind == JsonValueKind.Number
                ? entry.TryLong() ?? (entry.Value.TryGetUInt64(out var large) ? large : (decimal?)null)
                : null;
        if (whole is { } given && Whole.TryGetValue(type, out var range) && (given < range.Least || given > range.Most))
            throw entry.Fault(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"a whole number from {range.Least}{(range.Most > long.MaxValue ? "" : $" to {range.Most}")}"
                )
            );
        var fits = type switch
        {
            _ when Whole.ContainsKey(type) => whole is not null,
            _ when Real.Contains(type) => entry.Kind == JsonValueKind.Number
                && entry.Value.TryGetDouble(out var number)
                && double.IsFinite(number),
            _ when type == typeof(bool) => entry.Kind is JsonValueKind.True or JsonValueKind.False,
            _ when type == typeof(string) => entry.Kind == JsonValueKind.String,
            _ => true,
        };
        if (!fits)
            throw entry.Fault(Words(type));
        if (!type.IsEnum)
            return;
        string[] names = [.. Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.Serialize(value, type, options))];
        if (!names.Contains(entry.Value.GetRawText(), StringComparer.OrdinalIgnoreCase))
            throw entry.Fault($"one of {string.Join(", ", names)}");
    }

    private static string Words(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (Whole.TryGetValue(type, out var range))
            return range.Least == 0 ? "a whole number from 0" : "a whole number";
        if (Real.Contains(type))
            return "a number";
        if (type == typeof(bool))
            return "true or false";
        if (type == typeof(string) || type.IsEnum)
            return "a string";
        return type.IsAssignableTo(typeof(System.Collections.IEnumerable)) && !type.Name.Contains("Dictionary", StringComparison.Ordinal)
            ? "a list [...]"
            : "an object {...}";
    }
}
