using System.Text;
using Lumen.Files;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Files;

public sealed class CsvFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("file_name,text\na.png,\"night, fog\"\n\nb.png,\"say \"\"no\"\"\nagain\"\nc.png,\n")]
    [InlineData("file_name;text\r\na.png;night, fog\r\nb.png;\"say \"\"no\"\"\nagain\"\r\nc.png;")]
    [InlineData("\uFEFFfile_name\ttext\na.png\tnight, fog\nb.png\t\"say \"\"no\"\"\nagain\"\nc.png\t\n")]
    public void Tables_are_read_as_spreadsheets_write_them(string text)
    {
        var table = Open(text);
        Assert.Equal(["file_name", "text"], table.Columns);
        Assert.Equal(
            [("a.png", "night, fog"), ("b.png", "say \"no\"\nagain"), ("c.png", null)],
            table.Rows().Select(row => (row.Required("file_name"), row["text"]))
        );
    }

    [Fact]
    public void Utf_16_is_read() =>
        Assert.Equal("straße", Open("file_name,text\na.png,straße\n", Encoding.Unicode).Rows().Single()["text"]);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a,a\n1,2\n", "names the column \"a\" twice")]
    [InlineData("a,b\n1,2\n1,2,3\n", "line 3 has 3 fields, but there are 2 columns (a, b)")]
    [InlineData("a,b\n1\n", "line 2 has 1 fields")]
    [InlineData("a,b\n1,\"2\n3,4\n", "line 2 has quotes that do not end")]
    [InlineData("a,b\n1,2\n", "line 2 has no \"c\". The columns are a, b.")]
    public void What_is_no_table_is_refused_with_its_line(string text, string message)
    {
        File.WriteAllText(_folder.File("bad.csv"), text);
        Assert.Contains(
            message,
            Assert
                .Throws<LumenException>(() => CsvFile.Open(_folder.File("bad.csv")).Rows().Select(row => row.Required("c")).Last())
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Another_encoding_is_refused()
    {
        File.WriteAllText(_folder.File("bad.csv"), "a,b\n1,stra\u00dfe\n", Encoding.Latin1);
        Assert.Contains(
            "is not text in UTF-8",
            Assert.Throws<LumenException>(() => CsvFile.Open(_folder.File("bad.csv")).Rows().Last()).Message,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _folder.Dispose();

    private CsvFile Open(string text, Encoding? encoding = null)
    {
        File.WriteAllText(_folder.File("table.csv"), text, encoding ?? new UTF8Encoding(false));
        return CsvFile.Open(_folder.File("table.csv"));
    }
}
