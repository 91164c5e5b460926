using CsCheck;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

public sealed class PngWriterTests
{
    [Fact]
    public void A_picture_of_any_size_is_read_back_bit_for_bit_by_another_decoder()
    {
        using var folder = new TempFolder();
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int)
            .Sample(
                (width, height, seed) =>
                {
                    // Half noise, half a ramp, so that every filter is chosen somewhere.
                    var picture = Fixtures.Noise(width, height, seed);
                    for (var y = 0; y < height / 2; y++)
                    for (var at = 0; at < width * 3; at++)
                        picture.Rgb[y * width * 3 + at] = (byte)(3 * y + 2 * at);
                    var path = folder.File($"{Guid.NewGuid():N}.png");
                    PngWriter.WriteRgb(path, picture);
                    var read = PictureReader.Read(path);
                    return read.Width == width && read.Height == height && read.Rgb.AsSpan().SequenceEqual(picture.Rgb);
                },
                iter: 200,
                threads: 1
            );
    }

    [Fact]
    public void Eight_bit_grey_keeps_every_value()
    {
        using var folder = new TempFolder();
        byte[] values = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        PngWriter.WriteGray8(folder.File("ids.png"), 32, 8, values);
        var (width, height, ids) = PngReader.ReadIds(folder.File("ids.png"));
        Assert.Equal((32, 8), (width, height));
        Assert.Equal(values.Select(value => (ushort)value), ids);
        Assert.Equal(values, PictureReader.Read(folder.File("ids.png")).Rgb.Chunk(3).Select(pixel => pixel[1]));
    }

    [Fact]
    public void Sixteen_bit_grey_keeps_every_value()
    {
        using var folder = new TempFolder();
        ushort[] values = [.. Enumerable.Range(0, 65536).Select(value => (ushort)value)];
        PngWriter.WriteGray16(folder.File("depth.png"), 256, 256, values);
        var (width, height, read) = PngReader.ReadGray16(folder.File("depth.png"));
        Assert.Equal((256, 256), (width, height));
        Assert.Equal(values, read);
        Assert.Equal(values, PngReader.ReadIds(folder.File("depth.png")).Ids);
    }

    [Fact]
    public void A_palette_file_gives_ids_to_readers_and_colours_to_viewers()
    {
        using var folder = new TempFolder();
        (byte, byte, byte)[] palette = [(10, 20, 30), (200, 0, 0), (0, 200, 0)];
        byte[] ids = [0, 1, 2, 2, 1, 0];
        PngWriter.WritePalette8(folder.File("labels.png"), 3, 2, ids, palette);
        Assert.Equal(ids.Select(id => (ushort)id), PngReader.ReadIds(folder.File("labels.png")).Ids);
        Assert.Equal(palette, PngReader.ReadPalette(folder.File("labels.png")));
        var seen = PictureReader.Read(folder.File("labels.png"));
        Assert.Equal(palette[1], seen.At(1, 0));
        Assert.Equal(palette[2], seen.At(0, 1));
    }

    [Fact]
    public void An_id_without_a_colour_is_refused_before_anything_is_written()
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<ArgumentException>(() => PngWriter.WritePalette8(folder.File("labels.png"), 2, 1, [0, 7], [(0, 0, 0)]));
        Assert.Contains("one is 7", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Too_few_values_are_refused()
    {
        using var folder = new TempFolder();
        Assert.Throws<ArgumentException>(() => PngWriter.WriteGray8(folder.File("a.png"), 4, 4, new byte[15]));
        Assert.Throws<ArgumentException>(() => PngWriter.WriteGray16(folder.File("a.png"), 0, 4, []));
        Assert.Throws<ArgumentException>(() => new Picture(4, 4, new byte[47]));
    }

    [Fact]
    public void The_same_picture_gives_the_same_file()
    {
        using var folder = new TempFolder();
        PngWriter.WriteRgb(folder.File("a.png"), Fixtures.Noise(33, 21), new PngText("a", "{}"));
        PngWriter.WriteRgb(folder.File("b.png"), Fixtures.Noise(33, 21), new PngText("a", "{}"));
        Assert.Equal(File.ReadAllBytes(folder.File("a.png")), File.ReadAllBytes(folder.File("b.png")));
    }

    [Fact]
    public void Smooth_pictures_are_compressed()
    {
        using var folder = new TempFolder();
        var picture = new Picture(128, 128, [.. Enumerable.Range(0, 128 * 128 * 3).Select(at => (byte)(at / 3 % 128 + at / 384))]);
        PngWriter.WriteRgb(folder.File("ramp.png"), picture);
        Assert.InRange(new FileInfo(folder.File("ramp.png")).Length, 100, 5000);
    }

    [Fact]
    public void A_path_that_is_a_folder_is_refused_with_a_sentence()
    {
        using var folder = new TempFolder();
        Assert.Contains(
            "folder",
            Assert.Throws<LumenException>(() => PngWriter.WriteRgb(folder.Path, Fixtures.Noise(2, 2))).Message,
            StringComparison.Ordinal
        );
    }
}
