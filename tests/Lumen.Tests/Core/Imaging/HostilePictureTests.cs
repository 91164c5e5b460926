using CsCheck;
using Lumen.Imaging;
using Lumen.Testing;
using SkiaSharp;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

/// <summary>Whatever a file holds, reading ends in a picture or in a sentence.</summary>
public sealed class HostilePictureTests
{
    [Theory]
    [InlineData("missing.png", "does not exist")]
    [InlineData("no/such/folder.png", "does not exist")]
    [InlineData("empty.png", "is empty")]
    [InlineData("text.png", "is not a picture")]
    [InlineData(".", "is a folder")]
    public void What_is_not_a_picture_is_refused_with_a_sentence(string name, string reason)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("empty.png"), []);
        File.WriteAllText(folder.File("text.png"), "This is not a picture, although its name says so.");
        var error = Assert.Throws<LumenException>(() => PictureReader.Read(folder.File(name)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(name.Split('/')[^1], error.Message, StringComparison.Ordinal);
        Assert.Throws<LumenException>(() => PngReader.ReadIds(folder.File(name)));
        Assert.Throws<LumenException>(() => PngReader.ReadText(folder.File(name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\0b.png")]
    public void An_impossible_path_is_refused(string path) => Assert.Throws<LumenException>(() => PictureReader.Read(path));

    [Fact]
    public void An_unreadable_file_is_refused()
    {
        using var folder = new TempFolder();
        var path = folder.File("secret.png");
        PngWriter.WriteRgb(path, Fixtures.Noise(2, 2));
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no Unix permissions.");
            return;
        }
        File.SetUnixFileMode(path, UnixFileMode.None);
        if (CanRead(path))
            Assert.Skip("This account may read everything.");
        Assert.Contains("cannot be read", Assert.Throws<LumenException>(() => PictureReader.Read(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100_000, 100_000)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(13_378, 13_378)]
    public void A_png_that_claims_too_many_pixels_is_refused_before_it_is_unpacked(int width, int height)
    {
        byte[] file = [.. Fixtures.PngStart(width, height, 8, 2), .. Fixtures.Chunk("IDAT", new byte[100]), .. Fixtures.Chunk("IEND", [])];
        AssertRefusedCheaply(file);
    }

    [Fact]
    public void A_png_whose_few_bytes_cannot_unpack_to_its_size_is_refused_cheaply()
    {
        byte[] file = [.. Fixtures.PngStart(13_000, 13_000, 8, 2), .. Fixtures.Chunk("IDAT", new byte[100]), .. Fixtures.Chunk("IEND", [])];
        AssertRefusedCheaply(file);
    }

    [Fact]
    public void A_jpeg_that_claims_too_many_pixels_is_refused()
    {
        var file = Fixtures.Encode(Fixtures.Quarters(16, 16), SKEncodedImageFormat.Jpeg);
        var frame = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        file.AsSpan(frame + 5, 4).Fill(0xFF); // 65535 x 65535
        AssertRefusedCheaply(file);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void A_file_cut_anywhere_is_refused(SKEncodedImageFormat format)
    {
        var file = Fixtures.Encode(Fixtures.Noise(40, 30), format, 80);
        for (var length = 1; length < file.Length - 16; length += Math.Max(1, file.Length / 150))
        {
            var cut = file[..length];
            var error = Record.Exception(() => PictureReader.Decode(cut, "cut"));
            Assert.True(error is LumenException, $"{format} cut to {length} of {file.Length} bytes: {error?.ToString() ?? "no error"}");
        }
    }

    [Fact]
    public void A_damaged_file_gives_a_picture_or_a_sentence()
    {
        var noise = Fixtures.Noise(24, 18);
        byte[][] files =
        [
            Fixtures.Encode(noise, SKEncodedImageFormat.Png),
            Fixtures.Encode(noise, SKEncodedImageFormat.Jpeg, 70),
            Fixtures.Encode(noise, SKEncodedImageFormat.Webp, 70),
            Fixtures.Png((24, 18), 16, 6, (x, y, c) => x * y * c, true),
            Fixtures.Png((24, 18), 4, 0, (x, _, _) => x % 16),
            Fixtures.JpegWithOrientation(Fixtures.Encode(noise, SKEncodedImageFormat.Jpeg), 6),
        ];
        Damaged(files).Sample(file => Survives(() => PictureReader.Decode(file, "damaged")), iter: 1500, threads: 1);
    }

    [Fact]
    public void A_damaged_label_file_gives_ids_or_a_sentence()
    {
        using var folder = new TempFolder();
        byte[][] files =
        [
            Fixtures.Png((24, 18), 8, 3, (x, y, _) => x % 4, true, Fixtures.Chunk("PLTE", new byte[12])),
            Fixtures.Png((24, 18), 16, 0, (x, y, _) => x * y),
            Fixtures.Png(
                (24, 18),
                1,
                0,
                (x, y, _) => x & 1,
                false,
                Fixtures.Chunk("tEXt", [.. "lumen\0{}"u8]),
                Fixtures.Chunk("iTXt", [.. "parameters\0\u0001\0\0\0abc"u8])
            ),
        ];
        var path = folder.File("damaged.png");
        Damaged(files)
            .Sample(
                file =>
                {
                    File.WriteAllBytes(path, file);
                    return Survives(() => PngReader.ReadIds(path))
                        && Survives(() => PngReader.ReadGray16(path))
                        && Survives(() => PngReader.ReadText(path))
                        && Survives(() => PngReader.ReadPalette(path));
                },
                iter: 1500,
                threads: 1
            );
    }

    [Theory]
    [InlineData("prIv", 30)]
    [InlineData("IDAT", 13)]
    [InlineData("CgBI", 4)]
    public void What_comes_before_the_header_does_not_decide_what_is_looked_at(string kind, int length)
    {
        var sound = Fixtures.Png((24, 18), 8, 2, (x, y, c) => x + y + c);
        byte[] file = [.. sound[..8], .. Fixtures.Chunk(kind, [.. Enumerable.Repeat((byte)0x7F, length)]), .. sound[8..]];
        var message = Assert.Throws<LumenException>(() => PictureReader.Decode(file, "a.png")).Message;
        Assert.True(
            message.Contains("does not begin with a 13-byte IHDR chunk", StringComparison.Ordinal)
                || message.Contains("is not a picture that can be read", StringComparison.Ordinal),
            message
        );
    }

    [Fact]
    public void A_png_packed_with_a_preset_dictionary_is_refused_in_pixels_and_in_text()
    {
        using var folder = new TempFolder();
        // RFC 1950: bit 5 of the second byte announces a dictionary, which PNG has no place for.
        byte[] packed = [0x78, 0xBB, 1, 2, 3, 4, .. new byte[40]];
        byte[] pixels = [.. Fixtures.PngStart(4, 4, 8, 0), .. Fixtures.Chunk("IDAT", packed), .. Fixtures.Chunk("IEND", [])];
        File.WriteAllBytes(folder.File("pixels.png"), pixels);
        byte[] text = [.. "lumen\0\0"u8, .. packed];
        File.WriteAllBytes(folder.File("text.png"), Fixtures.Png((4, 4), 8, 0, (x, _, _) => x, false, Fixtures.Chunk("zTXt", text)));

        Assert.Contains("unpacked", Assert.Throws<LumenException>(() => PngReader.ReadIds(folder.File("pixels.png"))).Message);
        Assert.Contains("unpacked", Assert.Throws<LumenException>(() => PngReader.ReadText(folder.File("text.png"))).Message);
    }

    // A few bytes changed, a stretch removed or repeated; checksums of PNG chunks mended half of the time so that the damage reaches the
    // decoder.
    private static Gen<byte[]> Damaged(byte[][] files) =>
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Int[0, 2], Gen.Select(Gen.Double[0, 1], Gen.Byte).List[1, 6], Gen.Bool)
            .Select(
                (file, kind, changes, mend) =>
                {
                    var damaged = files[file].ToArray();
                    foreach (var (where, value) in changes)
                    {
                        var at = (int)(where * (damaged.Length - 1));
                        var count = Math.Min(value % 40, damaged.Length - at - 1);
                        if (kind == 0)
                            damaged[at] = value;
                        else if (kind == 1 && damaged.Length > 60)
                            damaged = [.. damaged[..at], .. damaged[(at + count)..]];
                        else if (kind == 2)
                            damaged = [.. damaged[..(at + count)], .. damaged[at..]];
                    }
                    return mend ? Mended(damaged) : damaged;
                }
            );

    private static byte[] Mended(byte[] file)
    {
        for (var at = 8; at + 12 <= file.Length && file[0] == 0x89; )
        {
            var length = (file[at] << 24) | (file[at + 1] << 16) | (file[at + 2] << 8) | file[at + 3];
            if (length < 0 || length > file.Length - at - 12)
                break;
            var chunk = Fixtures.Chunk(
                System.Text.Encoding.Latin1.GetString(file, at + 4, 4) is var kind && kind.All(char.IsAscii) ? kind : "junk",
                file[(at + 8)..(at + 8 + length)]
            );
            chunk.CopyTo(file, at);
            at += length + 12;
        }
        return file;
    }

    private static bool Survives(Action read) =>
        Record.Exception(read) is not { } error || error is LumenException
            ? true
            : throw new InvalidOperationException("A damaged file gave neither content nor a sentence.", error);

    private static void AssertRefusedCheaply(byte[] file)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("bomb"), file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<LumenException>(() => PictureReader.Read(folder.File("bomb")));
        Assert.Throws<LumenException>(() => PngReader.ReadIds(folder.File("bomb")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    private static bool CanRead(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
