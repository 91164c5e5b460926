using Lumen.Imaging;
using Lumen.Testing;
using SkiaSharp;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

public sealed class PictureReaderTests
{
    [Theory]
    [InlineData(SKEncodedImageFormat.Png, 0)]
    [InlineData(SKEncodedImageFormat.Jpeg, 6)]
    [InlineData(SKEncodedImageFormat.Webp, 6)]
    public void Every_format_gives_its_pixels(SKEncodedImageFormat format, int tolerance)
    {
        var picture = Fixtures.Quarters(48, 32);
        var read = PictureReader.Decode(Fixtures.Encode(picture, format), "fixture");
        Assert.Equal((48, 32), (read.Width, read.Height));
        foreach (var (x, y) in ((int, int)[])[(4, 4), (40, 4), (4, 28), (40, 28)])
            AssertColour(picture.At(x, y), read.At(x, y), tolerance);
    }

    // Where the stored upper left (red) and upper right (green) quarters are seen, as the EXIF standard draws it.
    public static TheoryData<string, int, string, string> Orientations()
    {
        string[] corners = ["TL TR", "TR TL", "BR BL", "BL BR", "TL BL", "TR BR", "BR TR", "BL TL"];
        var data = new TheoryData<string, int, string, string>();
        foreach (var format in (string[])["jpeg", "webp", "png"])
            for (var orientation = 1; orientation <= 8; orientation++)
                data.Add(format, orientation, corners[orientation - 1][..2], corners[orientation - 1][3..]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void The_orientation_is_applied(string format, int orientation, string red, string green)
    {
        var stored = Fixtures.Quarters(48, 32);
        var file = format switch
        {
            "jpeg" => Fixtures.JpegWithOrientation(Fixtures.Encode(stored, SKEncodedImageFormat.Jpeg), orientation),
            "webp" => Fixtures.WebpWithOrientation(Fixtures.Encode(stored, SKEncodedImageFormat.Webp), 48, 32, orientation),
            _ => Fixtures.Png(
                (48, 32),
                8,
                2,
                (x, y, channel) => stored.Rgb[(y * 48 + x) * 3 + channel],
                false,
                Fixtures.Chunk("eXIf", Fixtures.Exif(orientation))
            ),
        };
        var read = PictureReader.Decode(file, "fixture");
        Assert.Equal(orientation < 5 ? (48, 32) : (32, 48), (read.Width, read.Height));
        AssertColour((255, 0, 0), Corner(read, red), 6);
        AssertColour((0, 255, 0), Corner(read, green), 6);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Transparency_is_composited_over_white(int depth)
    {
        var full = (1 << depth) - 1;
        var file = Fixtures.Png(
            (256, 2),
            depth,
            6,
            (x, y, channel) =>
                channel == 3 ? x * full / 255
                : channel == y ? full
                : 0
        );
        var read = PictureReader.Decode(file, "fixture");
        for (var alpha = 0; alpha < 256; alpha++)
        {
            Assert.Equal(255, read.At(alpha, 0).Red);
            Assert.Equal(255 - alpha, read.At(alpha, 0).Green);
            Assert.Equal(255 - alpha, read.At(alpha, 1).Red);
        }
    }

    [Fact]
    public void Transparent_palette_entries_are_composited_over_white()
    {
        var palette = Fixtures.Chunk("PLTE", [100, 0, 0, 0, 100, 0, 0, 0, 100]);
        var file = Fixtures.Png((3, 1), 8, 3, (x, _, _) => x, false, palette, Fixtures.Chunk("tRNS", [255, 0, 51]));
        Assert.Equal([100, 0, 0, 255, 255, 255, 204, 204, 224], PictureReader.Decode(file, "fixture").Rgb);
    }

    [Fact]
    public void Transparent_webp_is_composited_over_white()
    {
        using var bitmap = new SKBitmap(8, 8, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        bitmap.Erase(new SKColor(0, 0, 0, 128));
        using var pixels = bitmap.PeekPixels();
        using var file = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100));
        Assert.Equal((127, 127, 127), PictureReader.Decode(file!.ToArray(), "fixture").At(3, 3));
    }

    [Fact]
    public void Grey_jpeg_has_three_equal_channels()
    {
        using var bitmap = new SKBitmap(16, 16, SKColorType.Gray8, SKAlphaType.Opaque);
        bitmap.Erase(new SKColor(90, 90, 90));
        var read = PictureReader.Decode(bitmap.Encode(SKEncodedImageFormat.Jpeg, 100).ToArray(), "fixture");
        var (red, green, blue) = read.At(8, 8);
        Assert.Equal((red, red), (green, blue));
        Assert.InRange(red, 89, 91);
    }

    [Fact]
    public void The_gamma_chunk_does_not_change_the_numbers()
    {
        var gamma = Fixtures.Chunk("gAMA", [0, 0, 0xB1, 0x8F]);
        var linear = Fixtures.Chunk("gAMA", [0, 1, 0x86, 0xA0]);
        foreach (var chunk in (byte[][])[gamma, linear])
        {
            var read = PictureReader.Decode(Fixtures.Png((16, 16), 8, 2, (x, y, _) => y * 16 + x, false, chunk), "fixture");
            Assert.Equal(Enumerable.Range(0, 256), read.Rgb.Chunk(3).Select(pixel => (int)pixel[0]));
        }
    }

    [Fact]
    public void A_picture_of_another_colour_space_is_converted_to_srgb()
    {
        using var displayP3 = SKColorSpace.CreateRgb(SKColorSpaceTransferFn.Srgb, SKColorSpaceXyz.DisplayP3);
        using var bitmap = new SKBitmap(new SKImageInfo(8, 8, SKColorType.Rgba8888, SKAlphaType.Opaque, displayP3));
        bitmap.GetPixelSpan().Clear();
        for (var at = 0; at < 64; at++)
            (bitmap.GetPixelSpan()[at * 4], bitmap.GetPixelSpan()[at * 4 + 3]) = (200, 255);
        foreach (var format in (SKEncodedImageFormat[])[SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg])
        {
            var (red, _, _) = PictureReader.Decode(bitmap.Encode(format, 100).ToArray(), "fixture").At(4, 4);
            Assert.InRange(red, 210, 225); // P3's red 200 lies outside sRGB's 200
        }
    }

    [Fact]
    public void Bitmaps_and_the_first_picture_of_a_gif_are_read()
    {
        byte[] bmp =
        [
            (byte)'B',
            (byte)'M',
            62,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            54,
            0,
            0,
            0,
            40,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            1,
            0,
            24,
            0,
            .. new byte[24],
            30,
            20,
            10,
            60,
            50,
            40,
            0,
            0, // blue, green, red; the row is padded to four bytes
        ];
        Assert.Equal([10, 20, 30, 40, 50, 60], PictureReader.Decode(bmp, "fixture").Rgb);
        byte[] gif =
        [
            .. "GIF89a"u8,
            1,
            0,
            1,
            0,
            0x80,
            0,
            0,
            9,
            8,
            7,
            0,
            0,
            0,
            (byte)',',
            0,
            0,
            0,
            0,
            1,
            0,
            1,
            0,
            0,
            2,
            2,
            0x44,
            1,
            0,
            (byte)';',
        ];
        Assert.Equal([9, 8, 7], PictureReader.Decode(gif, "fixture").Rgb);
    }

    [Fact]
    public void Names_of_any_script_and_the_wrong_extension_are_read()
    {
        using var folder = new TempFolder();
        var path = folder.File("夜 street ü.jpg");
        PngWriter.WriteRgb(path, Fixtures.Noise(3, 3));
        Assert.Equal(Fixtures.Noise(3, 3).Rgb, PictureReader.Read(path).Rgb);
    }

    private static (byte, byte, byte) Corner(Picture picture, string corner) =>
        picture.At(corner[1] == 'L' ? 4 : picture.Width - 5, corner[0] == 'T' ? 4 : picture.Height - 5);

    private static void AssertColour((int Red, int Green, int Blue) expected, (byte Red, byte Green, byte Blue) found, int tolerance)
    {
        Assert.InRange(found.Red, expected.Red - tolerance, expected.Red + tolerance);
        Assert.InRange(found.Green, expected.Green - tolerance, expected.Green + tolerance);
        Assert.InRange(found.Blue, expected.Blue - tolerance, expected.Blue + tolerance);
    }
}
