using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lumen.Files;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Files;

public sealed class JsonFileTests : IDisposable
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Encodings =>
        ["utf-8", "utf-8 with mark", "utf-16", "utf-16BE", "utf-16 without mark", "utf-16BE without mark", "utf-32"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Every_way_in_which_editors_save_text_is_read(string encoding)
    {
        File.WriteAllText(_folder.File("a.json"), "{\"name\":\r\n\"straße 🏠\"}\r\n", Encoder(encoding));
        Assert.Equal("straße 🏠", JsonFile.Read(_folder.File("a.json")).Required("name").Text());
        Assert.Equal([(1, "{\"name\":"), (2, "\"straße 🏠\"}")], TextFile.Lines(_folder.File("a.json")));
    }

    [Fact]
    public void Text_of_another_encoding_is_refused_with_its_line()
    {
        File.WriteAllText(_folder.File("a.json"), "{\n\"name\": \"stra\u00dfe\"}", Encoding.Latin1);
        Assert.Contains(
            "is not text in UTF-8 or UTF-16: line 2",
            Assert.Throws<LumenException>(() => JsonFile.Read(_folder.File("a.json"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is not text in UTF-8 or UTF-16",
            Assert.Throws<LumenException>(() => TextFile.Lines(_folder.File("a.json")).ToList()).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Lines_end_as_on_any_system_and_their_numbers_count_blank_ones()
    {
        File.WriteAllText(_folder.File("a.jsonl"), "\uFEFF{\"a\": 1}\r\n\r\n{\"a\": 2.0}\n{\"a\": \"3\"}\r{\"a\": 4}");
        var lines = JsonFile.Lines(_folder.File("a.jsonl")).ToList();
        Assert.Equal(["1", "2", "3", "4"], lines.Select(line => line.Required("a").Id()));
        Assert.Equal(
            $"{_folder.File("a.jsonl")}, line 4: a must be a whole number from 0 up but is \"3\". Correct it there.",
            Assert.Throws<LumenException>(() => lines[2].Required("a").Int()).Message
        );
    }

    [Theory]
    [InlineData("{\"a\": 1, \"a\": 2}", "x.json: a is there twice")]
    [InlineData("{\"a\": [{\"b\": 1, \"c\": 1, \"b\": 1}]}", "x.json: a[0].b is there twice")]
    [InlineData("{\"a\": \"\\ud800x\"}", "x.json: a holds half of a character")]
    [InlineData("{\"\\udc00\": 1}", "x.json is not valid JSON: a name holds half of a character")]
    [InlineData("{\"a\": 1,}", "x.json is not valid JSON (line 1, byte 9)")]
    [InlineData("", "x.json is not valid JSON")]
    [InlineData("{\"a\": 1", "x.json is not valid JSON")]
    [InlineData("{\"a\": 1} 2", "x.json is not valid JSON")]
    public void What_is_no_JSON_is_refused_with_its_place(string json, string message) =>
        Assert.StartsWith(message, Assert.Throws<LumenException>(() => JsonFile.Parse(json, "x.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void Files_that_cannot_be_read_are_refused()
    {
        File.WriteAllText(_folder.File("large.json"), new string(' ', 2000) + "1");
        Assert.Contains(
            "does not exist",
            Assert.Throws<LumenException>(() => JsonFile.Read(_folder.File("none.json"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "it is a folder",
            Assert.Throws<LumenException>(() => JsonFile.Read(_folder.Path)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("NUL", Assert.Throws<LumenException>(() => JsonFile.Read("a\0b")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "has more than 1000 bytes",
            Assert.Throws<LumenException>(() => JsonFile.Read(_folder.File("large.json"), mostBytes: 1000)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "depth",
            Assert.Throws<LumenException>(() => JsonFile.Parse(string.Concat(Enumerable.Repeat("[", 100)), "deep")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Values_are_what_they_mean_or_refused_with_what_was_found()
    {
        var json = JsonFile.Parse(
            """{"a": 128.0, "b": 1e3, "c": 0.5, "d": 1e999, "e": NaN, "f": null, "g": "7", "h": 7.0, "i": 9223372036854775807, "odd name": {}}""",
            "x"
        );
        Assert.Equal(128, json.Required("a").Int());
        Assert.Equal(1000, json.Required("b").Long());
        Assert.Equal(long.MaxValue, json.Required("i").Long());
        Assert.Equal(json.Required("g").Id(), json.Required("h").Id());
        Assert.Null(json["f"]);
        Assert.Null(json["none"]);
        Refused("x: c must be a whole number from 1 to 9 but is 0.5", () => json.Required("c").Int(1, 9));
        Refused("x: d must be a number but is 1e999", () => json.Required("d").Number());
        Refused("x: e must be a number but is NaN. JSON has no NaN, though Python writes it", () => json.Required("e").Number());
        Refused("x: e must be a string but is NaN", () => json.Required("e").Text());
        Refused("x: a must be true or false but is 128.0", () => json.Required("a").Flag());
        Refused("x: a must be a list [...] but is 128.0", () => json.Required("a").Items());
        Refused("x: a must be an object {...} but is 128.0", () => json.Required("a").Required("b"));
        Refused("x has no \"f\"", () => json.Required("f"));
        Refused("x: [\"odd name\"] has no \"k\"", () => json.Required("odd name").Required("k"));
        Assert.Equal("""{"e":NaN,"k":"NaN"}""", JsonFile.ToText(Changed()));

        System.Text.Json.Nodes.JsonObject Changed()
        {
            var copy = JsonFile.Parse("""{"e": NaN}""", "x").ToObject();
            copy["k"] = "NaN";
            return copy;
        }
    }

    [Theory]
    [InlineData("""{"sides": [1.0, 2], "kind": "small_one", "name": "a"}""", null)]
    [InlineData("""{"sides": [1, null], "kind": "small_one", "name": "a"}""", "x: sides[1] must be a whole number but is null")]
    [InlineData("""{"sides": [1], "kind": "small_one", "name": null}""", "x: name must be a string but is null")]
    [InlineData("""{"sides": [1], "kind": "small_one"}""", "x has no \"name\". Add it: a string.")]
    [InlineData("""{"kind": "small_one", "name": "a"}""", "x has no \"sides\". Add it: a list [...].")]
    [InlineData("""{"sides": {}, "kind": "small_one", "name": "a"}""", "x: sides must be a list [...] but is {}")]
    [InlineData("""{"sides": [], "kind": "huge", "name": "a"}""", "x: kind must be one of \"small_one\", \"other\" but is \"huge\"")]
    [InlineData(
        """{"sides": [], "kind": "other", "name": "a", "nmae": 1}""",
        "x: nmae is not known. Known are sides, kind, name, inner, parts."
    )]
    [InlineData(
        """{"sides": [], "kind": "other", "name": "a", "parts": {"one": null}}""",
        "x: parts.one must be an object {...} but is null"
    )]
    [InlineData(
        """{"sides": [], "kind": "other", "name": "a", "inner": {"sides": [], "kind": "other", "name": 1}}""",
        "x: inner.name must be a string but is 1"
    )]
    [InlineData("""{"sides": [NaN], "kind": "other", "name": "a"}""", "x: sides[0] must be a number but is NaN")]
    [InlineData(
        """{"sides": [5000000000], "kind": "other", "name": "a"}""",
        "x: sides[0] must be a whole number from -2147483648 to 2147483647"
    )]
    [InlineData("[]", "x must be an object {...} but is []")]
    [InlineData("null", "x must be an object {...} but is null")]
    public void A_type_of_ours_is_filled_or_the_entry_that_does_not_fit_is_named(string json, string? message)
    {
        if (message is null)
            Assert.Equal(2, JsonFile.Parse(json, "x").As<Sample>(Options).Sides.Count);
        else
            Refused(message, () => JsonFile.Parse(json, "x").As<Sample>(Options));
    }

    public void Dispose() => _folder.Dispose();

    private static void Refused(string message, Func<object?> act) =>
        Assert.StartsWith(message, Assert.Throws<LumenException>(() => act()).Message, StringComparison.Ordinal);

    private static Encoding Encoder(string name) =>
        name switch
        {
            "utf-8" => new UTF8Encoding(false),
            "utf-8 with mark" => new UTF8Encoding(true),
            "utf-16" => new UnicodeEncoding(false, true),
            "utf-16BE" => new UnicodeEncoding(true, true),
            "utf-16 without mark" => new UnicodeEncoding(false, false),
            "utf-16BE without mark" => new UnicodeEncoding(true, false),
            _ => new UTF32Encoding(false, true),
        };

    private enum Kinds
    {
        SmallOne,
        Other,
    }

    private sealed record Sample(IReadOnlyList<int> Sides, Kinds Kind)
    {
        public required string Name { get; init; }

        public Sample? Inner { get; init; }

        public IReadOnlyDictionary<string, Sample>? Parts { get; init; }
    }
}
