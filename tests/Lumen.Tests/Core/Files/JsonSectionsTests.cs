using System.Text;
using System.Text.Json.Nodes;
using Lumen.Files;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Files;

public sealed class JsonSectionsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Pieces_of_JSON_are_read_whatever_their_length_and_order()
    {
        var path = _folder.File("big.json");
        var elements = Enumerable
            .Range(0, 400)
            .Select(index => $$"""{"id": {{index}}, "text": "{{new string('é', index * 7)}}", "deep": [[1, [2]], {"a": [{ }] }] }""")
            .ToList();
        File.WriteAllText(
            path,
            $$"""{"a": [], "n": -12.5e3, "list": [{{string.Join(",\n ", elements)}}], "o": {"x": [1, 2]}, "s": "end"}""",
            new UTF8Encoding(true)
        );
        var sections = JsonSections.Read(path).ToList();
        Assert.Equal(
            ["a", "a", "n", "list", "list", "o", "s"],
            sections.Where(section => section.Kind != JsonSectionKind.Element).Select(section => section.Property)
        );
        Assert.Equal(
            elements.Select(element => JsonNode.Parse(element)!.ToJsonString()),
            JsonSections.Elements(path, "list").Select(element => JsonNode.Parse(element.Value.GetRawText())!.ToJsonString())
        );
        Assert.Equal($"{path}: list[7].id", JsonSections.Elements(path, "list").ElementAt(7).Required("id").Place);
    }

    [Fact]
    public void Numbers_that_JSON_does_not_have_are_read_wherever_the_buffer_ends_and_written_back()
    {
        var path = _folder.File("numbers.json");
        var elements = Enumerable
            .Range(0, 5000)
            .Select(index => $"{{\"text\": \"NaN -Infinity \\\" {new string('x', index % 13)}\", \"v\": [NaN, -Infinity,Infinity, -1]}}")
            .ToList();
        File.WriteAllText(path, $"{{\"list\": [{string.Join(",", elements)}]}}");
        var read = JsonSections.Elements(path, "list").ToList();
        Assert.Equal(elements, read.Select(element => Encoding.UTF8.GetString(element.Raw())));
        Assert.Equal($"{path}: list[3].v[0]", read[3].FirstNonFinite()!.Value.Place);
        Assert.Contains(
            "must be a number but is -Infinity. JSON has no -Infinity, though Python writes it",
            Assert.Throws<LumenException>(() => read[0].Required("v").Items().ElementAt(1).Number()).Message,
            StringComparison.Ordinal
        );
        Assert.Equal("NaN -Infinity \" x", read[1].Required("text").Text());
    }

    [Theory]
    [InlineData("""{"images": [{"id": 1}""", "is not valid JSON")]
    [InlineData("""{"images": [{"id": 1},,]}""", "is not valid JSON (line 1, byte 23)")]
    [InlineData("[1]", "is not a JSON object")]
    [InlineData("", "is not valid JSON")]
    [InlineData("""{"images": []} {""", "is not valid JSON")]
    [InlineData("""{"images": [], "images": []}""", "images is there twice")]
    [InlineData("""{"images": [{"a": 1}, {"b": {"id": 1, "id": 2}}]}""", "images[1].b.id is there twice")]
    [InlineData("""{"images": [{"a": "\ud800"}]}""", "images[0].a holds half of a character")]
    [InlineData("""{"\ud800": []}""", "half of a character")]
    [InlineData("""{"images": {"a": 1}}""", "images must be a list [...] but is {\"a\": 1}")]
    public void JSON_that_cannot_be_used_is_refused_with_its_place(string text, string message)
    {
        File.WriteAllText(_folder.File("bad.json"), text);
        Assert.Contains(
            message,
            Assert.Throws<LumenException>(() => JsonSections.Elements(_folder.File("bad.json"), "images").ToList()).Message,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _folder.Dispose();
}
