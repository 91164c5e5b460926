using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lumen.Files;

/// <summary>
/// A value of a JSON file from outside, and where it stands. Every question is answered or refused with a sentence that names file, place,
/// what was expected and what was found:
/// <c>instances_train.json: annotations[3].category_id must be a whole number from 0 up but is "car".</c>
/// </summary>
public readonly struct JsonEntry
{
    private readonly JsonPlace _place;

    internal JsonEntry(JsonElement value, JsonPlace place) => (Value, _place) = (value, place);

    /// <summary>The value. NaN, which JSON does not have, is a string here; all strings are whole text.</summary>
    public JsonElement Value { get; }

    /// <summary>Where it stands: <c>FILE: annotations[3].category_id</c>.</summary>
    public string Place => _place.ToString();

    /// <summary>What kind of value it is.</summary>
    public JsonValueKind Kind => Value.ValueKind;

    /// <summary>The entry of an object, or null if it is absent or null.</summary>
    /// <exception cref="LumenException">This is no object.</exception>
    public JsonEntry? this[string name]
    {
        get
        {
            if (Kind != JsonValueKind.Object)
                throw Fault("an object {...}");
            return Value.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
                ? new JsonEntry(value, _place.Entry(name))
                : null;
        }
    }

    /// <summary>The entry of an object.</summary>
    /// <exception cref="LumenException">This is no object, or has no such entry, or it is null.</exception>
    public JsonEntry Required(string name) =>
        this[name]
        ?? throw new LumenException(LumenErrorKind.Format, $"{Place} has no \"{name}\". Add it, or take the file from where it is whole.");

    /// <summary>The values of a list.</summary>
    /// <exception cref="LumenException">This is no list.</exception>
    public IEnumerable<JsonEntry> Items()
    {
        if (Kind != JsonValueKind.Array)
            throw Fault("a list [...]");
        var place = _place;
        return Value.EnumerateArray().Select((item, index) => new JsonEntry(item, place.Item(index)));
    }

    /// <summary>The entries of an object, those that are null too.</summary>
    /// <exception cref="LumenException">This is no object.</exception>
    public IEnumerable<(string Name, JsonEntry Value)> Entries()
    {
        if (Kind != JsonValueKind.Object)
            throw Fault("an object {...}");
        var place = _place;
        return Value.EnumerateObject().Select(entry => (entry.Name, new JsonEntry(entry.Value, place.Entry(entry.Name))));
    }

    /// <summary>A string.</summary>
    /// <exception cref="LumenException">This is something else.</exception>
    public string Text() => TryText() ?? throw Fault("a string");

    /// <summary>A string, or null for anything else.</summary>
    public string? TryText() => Kind == JsonValueKind.String && NonFiniteNumberStream.NameOf(Value) is null ? Value.GetString() : null;

    /// <summary>A whole number; 128.0 is one too.</summary>
    /// <exception cref="LumenException">This is something else, or out of range.</exception>
    public int Int(int least = 0, int most = int.MaxValue) => (int)Long(least, most);

    /// <summary>A whole number; 128.0 is one too.</summary>
    /// <exception cref="LumenException">This is something else, or out of range.</exception>
    public long Long(long least = long.MinValue, long most = long.MaxValue) =>
        TryLong() is { } number && number >= least && number <= most ? number : throw Fault(Range(least, most));

    /// <summary>A whole number, or null for anything else.</summary>
    public long? TryLong()
    {
        const double Exact = 1L << 53; // from here on a double does not hold every whole number
        if (Kind != JsonValueKind.Number)
            return null;
        if (Value.TryGetInt64(out var number))
            return number;
        return Value.TryGetDouble(out var fraction) && Math.Floor(fraction) == fraction && Math.Abs(fraction) <= Exact
            ? (long)fraction
            : null;
    }

    /// <summary>A finite number.</summary>
    /// <exception cref="LumenException">This is something else.</exception>
    public double Number() =>
        Kind == JsonValueKind.Number && Value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Fault("a number");

    /// <summary>True or false.</summary>
    /// <exception cref="LumenException">This is something else.</exception>
    public bool Flag() => Kind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw Fault("true or false");

    /// <summary>An id that is a whole number or text; 7, 7.0 and "7" are the same one.</summary>
    /// <exception cref="LumenException">This is something else, or an empty text.</exception>
    public string Id() => TryId() ?? throw Fault("an id: a whole number or text");

    /// <summary>As <see cref="Id"/>, or null for anything else.</summary>
    public string? TryId() => TryLong()?.ToString(CultureInfo.InvariantCulture) ?? (TryText() is { Length: > 0 } text ? text : null);

    /// <summary>
    /// All of it as a type of ours, checked against the type first: kinds, missing and unknown entries, null where none is allowed, also in
    /// lists.
    /// </summary>
    /// <param name="options">Must have <see cref="JsonSerializerOptions.RespectNullableAnnotations"/>.</param>
    /// <exception cref="LumenException">It does not fit the type; the place is named.</exception>
    public T As<T>(JsonSerializerOptions options)
        where T : notnull => JsonTyped.Read<T>(this, options);

    /// <summary>An object that may be changed; <see cref="JsonFile.ToText"/> writes it.</summary>
    /// <exception cref="LumenException">This is no object.</exception>
    public JsonObject ToObject() => Kind == JsonValueKind.Object ? JsonObject.Create(Value)! : throw Fault("an object {...}");

    /// <summary>The value as UTF-8, as it was written in the file.</summary>
    public ReadOnlySpan<byte> Raw() => NonFiniteNumberStream.Restore(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(Value));

    /// <summary>The first NaN or infinity in it, or null. JSON has none, so others may refuse the file.</summary>
    public JsonEntry? FirstNonFinite()
    {
        if (!NonFiniteNumberStream.AreIn(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(Value)))
            return null;
        var inner = Kind switch
        {
            JsonValueKind.Object => Entries().Select(entry => entry.Value),
            JsonValueKind.Array => Items(),
            _ => [],
        };
        return NonFiniteNumberStream.NameOf(Value) is not null
            ? this
            : inner.Select(entry => entry.FirstNonFinite()).FirstOrDefault(found => found is not null);
    }

    /// <summary>The sentence that something else was expected here.</summary>
    /// <param name="expected">What, with its article.</param>
    public LumenException Fault(string expected) => new(LumenErrorKind.Format, $"{Place} must be {expected} but is {Shown}. {Advice}");

    /// <summary>What the value looks like in a message.</summary>
    internal string Shown =>
        NonFiniteNumberStream.NameOf(Value) ?? (Value.GetRawText() is { Length: > 60 } text ? text[..57] + "..." : Value.GetRawText());

    internal string Advice =>
        NonFiniteNumberStream.NameOf(Value) is { } name
            ? $"JSON has no {name}, though Python writes it: write the number there, or null where it is not known."
            : "Correct it there.";

    private static string Range(long least, long most) =>
        (least, most) switch
        {
            (long.MinValue, long.MaxValue) => "a whole number",
            (_, int.MaxValue or long.MaxValue) => $"a whole number from {least} up",
            _ => $"a whole number from {least} to {most}",
        };
}

/// <summary>Where a value stands in a JSON file: <c>annotations[3].category_id</c>.</summary>
/// <param name="File">What messages call the file, with the line where each line is a value of its own.</param>
/// <param name="Parent">The value it is in; null for the whole.</param>
/// <param name="Step">Its name, or its number.</param>
internal sealed record JsonPlace(string File, JsonPlace? Parent = null, string Step = "")
{
    private const int LongestName = 60;

    public JsonPlace Entry(string name) =>
        new(
            File,
            this,
            name.Length <= LongestName && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-')
                ? $".{name}"
                : $"[\"{(name.Length <= LongestName ? name : name[..LongestName] + "...")}\"]"
        );

    public JsonPlace Item(long index) => new(File, this, string.Create(CultureInfo.InvariantCulture, $"[{index}]"));

    public override string ToString() => Parent is null ? File : $"{File}: {Path.TrimStart('.')}";

    private string Path => Parent is null ? "" : Parent.Path + Step;
}
