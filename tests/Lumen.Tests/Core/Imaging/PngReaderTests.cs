using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

public sealed class PngReaderTests
{
    /// <summary>Depth, colour type and interlacing of every kind of PNG there is.</summary>
    public static TheoryData<int, int, bool> Kinds()
    {
        var kinds = new TheoryData<int, int, bool>();
        (int Depth, int Colour)[] allowed =
        [
            (1, 0),
            (2, 0),
            (4, 0),
            (8, 0),
            (16, 0),
            (1, 3),
            (2, 3),
            (4, 3),
            (8, 3),
            (8, 2),
            (16, 2),
            (8, 4),
            (16, 4),
            (8, 6),
            (16, 6),
        ];
        foreach (var (depth, colour) in allowed)
        foreach (var interlaced in (bool[])[false, true])
            kinds.Add(depth, colour, interlaced);
        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Ids_of_every_kind_of_file_are_exact(int depth, int colour, bool interlaced)
    {
        using var folder = new TempFolder();
        foreach (var (width, height) in ((int, int)[])[(1, 1), (2, 9), (7, 5), (13, 17), (16, 8)])
        {
            var levels = 1 << depth;
            int Id(int x, int y) => (x * 131 + y * 57 + x * y) % levels;
            var palette = Fixtures.Chunk(
                "PLTE",
                [.. Enumerable.Range(0, Math.Min(levels, 256)).SelectMany(id => (byte[])[(byte)(id * 3), (byte)id, (byte)(id * 7)])]
            );
            var path = folder.File($"{width}.png");
            // Colour files hold ids when their channels are equal and nothing is transparent.
            bool Alpha(int channel) => (colour == 4 && channel == 1) || channel == 3;
            var file = Fixtures.Png(
                (width, height),
                depth,
                colour,
                (x, y, channel) => Alpha(channel) ? levels - 1 : Id(x, y),
                interlaced,
                colour == 3 ? palette : []
            );
            File.WriteAllBytes(path, file);
            var read = PngReader.ReadIds(path);
            Assert.Equal((width, height), (read.Width, read.Height));
            for (var at = 0; at < read.Ids.Length; at++)
                Assert.Equal(Id(at % width, at / width), read.Ids[at]);

            // The fixture itself is a proper PNG: another decoder sees the same numbers.
            var seen = PictureReader.Read(path);
            for (var at = 0; at < read.Ids.Length; at++)
            {
                var expected = colour == 3 ? (byte)read.Ids[at] : read.Ids[at] * 255.0 / (levels - 1);
                Assert.InRange(seen.At(at % width, at / width).Green - expected, depth == 16 ? -1 : -0.5, depth == 16 ? 1 : 0.5);
            }
        }
    }

    [Theory]
    [InlineData(2, "holds colours")]
    [InlineData(6, "holds colours")]
    [InlineData(4, "transparent")]
    public void Colours_and_transparency_are_not_ids(int colour, string reason)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("a.png"), Fixtures.Png((4, 4), 8, colour, (x, y, channel) => x + 10 * channel));
        var error = Assert.Throws<LumenException>(() => PngReader.ReadIds(folder.File("a.png")));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("Save the ids themselves", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_in_eight_bits_is_refused()
    {
        using var folder = new TempFolder();
        PngWriter.WriteGray8(folder.File("a.png"), 2, 2, [1, 2, 3, 4]);
        Assert.Contains(
            "8-bit grey",
            Assert.Throws<LumenException>(() => PngReader.ReadGray16(folder.File("a.png"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_palette_index_without_a_colour_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(
            folder.File("a.png"),
            Fixtures.Png((4, 1), 8, 3, (x, _, _) => x, false, Fixtures.Chunk("PLTE", [1, 2, 3, 4, 5, 6]))
        );
        Assert.Contains(
            "index 3",
            Assert.Throws<LumenException>(() => PngReader.ReadIds(folder.File("a.png"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_wrong_checksum_is_noticed()
    {
        using var folder = new TempFolder();
        var file = Fixtures.Png((4, 4), 8, 0, (x, _, _) => x);
        file[^20] ^= 1; // inside the last IDAT
        File.WriteAllBytes(folder.File("a.png"), file);
        Assert.Contains(
            "checksum",
            Assert.Throws<LumenException>(() => PngReader.ReadIds(folder.File("a.png"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_file_without_a_palette_has_an_empty_one()
    {
        using var folder = new TempFolder();
        PngWriter.WriteGray8(folder.File("a.png"), 2, 1, [1, 2]);
        Assert.Empty(PngReader.ReadPalette(folder.File("a.png")));
    }
}
