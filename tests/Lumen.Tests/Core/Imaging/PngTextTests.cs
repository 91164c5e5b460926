using System.IO.Compression;
using System.Text;
using CsCheck;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

public sealed class PngTextTests
{
    [Theory]
    [InlineData(
        "a street at night in fog\nNegative prompt: blur\nSteps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 1, Size: 128x128",
        "{\"seed\":1}"
    )]
    [InlineData("Straße bei Nacht, café, ÿ", "{}")]
    [InlineData("夜の霧の街 🌫️ naïve", "{\"prompt\":\"夜\"}")]
    [InlineData("", "")]
    [InlineData(null, "{}")]
    [InlineData("only parameters", null)]
    [InlineData(null, null)]
    public void Text_is_read_back_as_written(string? parameters, string? lumen)
    {
        using var folder = new TempFolder();
        PngWriter.WriteRgb(folder.File("a.png"), Fixtures.Noise(5, 3), new PngText(parameters, lumen));
        Assert.Equal(new PngText(parameters, lumen), PngReader.ReadText(folder.File("a.png")));
        Assert.Equal(Fixtures.Noise(5, 3).Rgb, PictureReader.Read(folder.File("a.png")).Rgb);
    }

    [Fact]
    public void Any_text_is_read_back_as_written()
    {
        using var folder = new TempFolder();
        Gen.String.Where(text => !text.Contains('\0') && !text.Any(char.IsSurrogate))
            .Sample(
                text =>
                {
                    var path = folder.File($"{Guid.NewGuid():N}.png");
                    PngWriter.WriteRgb(path, Fixtures.Noise(1, 1), new PngText(text, text));
                    return PngReader.ReadText(path) == new PngText(text, text);
                },
                iter: 200,
                threads: 1
            );
    }

    [Theory]
    [InlineData("plain", "tEXt")]
    [InlineData("größer", "tEXt")]
    [InlineData("größer → 大", "iTXt")]
    public void Latin_text_uses_the_chunk_that_web_uis_write(string text, string kind)
    {
        using var folder = new TempFolder();
        PngWriter.WriteRgb(folder.File("a.png"), Fixtures.Noise(1, 1), new PngText(text, null));
        var expected =
            kind == "tEXt"
                ? Fixtures.Chunk("tEXt", [.. "parameters\0"u8, .. Encoding.Latin1.GetBytes(text)])
                : Fixtures.Chunk("iTXt", [.. "parameters\0\0\0\0\0"u8, .. Encoding.UTF8.GetBytes(text)]);
        Assert.True(File.ReadAllBytes(folder.File("a.png")).AsSpan().IndexOf(expected) > 0);
    }

    [Fact]
    public void A_nul_character_is_refused_and_nothing_is_written()
    {
        using var folder = new TempFolder();
        Assert.Throws<LumenException>(() => PngWriter.WriteRgb(folder.File("a.png"), Fixtures.Noise(1, 1), new PngText("a\0b", null)));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Compressed_text_of_other_programs_is_read()
    {
        using var folder = new TempFolder();
        var latin = Fixtures.Chunk("zTXt", [.. "parameters\0\0"u8, .. Compress(Encoding.Latin1.GetBytes("für dich"))]);
        var unicode = Fixtures.Chunk("iTXt", [.. "lumen\0\u0001\0en\0\0"u8, .. Compress(Encoding.UTF8.GetBytes("大"))]);
        File.WriteAllBytes(folder.File("a.png"), Fixtures.Png((2, 2), 8, 0, (_, _, _) => 7, false, latin, unicode));
        Assert.Equal(new PngText("für dich", "大"), PngReader.ReadText(folder.File("a.png")));
    }

    [Fact]
    public void A_text_that_unpacks_to_all_memory_is_refused()
    {
        using var folder = new TempFolder();
        var bomb = Fixtures.Chunk("zTXt", [.. "parameters\0\0"u8, .. Compress(new byte[100 << 20])]);
        File.WriteAllBytes(folder.File("a.png"), Fixtures.Png((2, 2), 8, 0, (_, _, _) => 7, false, bomb));
        Assert.Contains(
            "longer than",
            Assert.Throws<LumenException>(() => PngReader.ReadText(folder.File("a.png"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Text_of_a_file_that_is_no_png_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("a.png"), "hello");
        Assert.Contains(
            "is not a PNG file",
            Assert.Throws<LumenException>(() => PngReader.ReadText(folder.File("a.png"))).Message,
            StringComparison.Ordinal
        );
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return output.ToArray();
    }
}
