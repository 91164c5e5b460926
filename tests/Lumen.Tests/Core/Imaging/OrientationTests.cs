using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Datasets;
using SkiaSharp;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

/// <summary>EXIF orientation, wherever a format keeps it.</summary>
public sealed class OrientationTests : IDisposable
{
    private const int Width = TinyDatasets.Width,
        Height = TinyDatasets.Height;
    private readonly TempFolder _folder = new();

    public static TheoryData<string, int> Files
    {
        get
        {
            var files = new TheoryData<string, int>();
            foreach (var ending in new[] { "png", "jpg", "webp" })
            foreach (var orientation in new[] { 1, 2, 3, 6, 8 })
                files.Add(ending, orientation);
            return files;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_size_is_upright_in_every_format_and_equals_that_of_the_pixels(string ending, int orientation)
    {
        var path = Write($"a.{ending}", orientation);
        var (width, height) = orientation >= 5 ? (Height, Width) : (Width, Height);
        Assert.Equal((width, height, orientation), PictureReader.ReadFacts(path));
        Assert.Equal((width, height), PictureReader.ReadSize(path));
        var picture = PictureReader.Read(path);
        Assert.Equal((width, height), (picture.Width, picture.Height));
        var isBrightLeft = picture.At(1, 1).Red > 128;
        Assert.Equal(orientation == 1, isBrightLeft); // as it is stored
    }

    [Theory]
    [InlineData(3, "turned by 180 degrees")]
    [InlineData(2, "mirrored left to right")]
    public void Turned_pictures_of_equal_size_are_named(int orientation, string words)
    {
        Write("images/a.jpg", orientation);
        Write("images/b.jpg", 1);
        foreach (var name in new[] { "a", "b" })
            new TinyDatasets(_folder.Path).Ids($"labels/{name}.png");
        var report = DatasetCheck.Run(DatasetFormats.Open(_folder.Path));
        Assert.Empty(report.Faults);
        Assert.Contains(
            report.Notes,
            note => note.Contains($"1 picture carries an EXIF orientation, the first is images/a.jpg ({words})", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_label_that_fits_the_picture_as_stored_is_a_fault_that_names_exif()
    {
        Write("images/a.png", 6);
        new TinyDatasets(_folder.Path).Ids("labels/a.png");
        var fault = Assert.Single(DatasetCheck.Run(DatasetFormats.Open(_folder.Path)).Faults);
        Assert.Equal(DatasetFaultKind.SizeMismatch, fault.Kind);
        Assert.Contains(
            "EXIF turns the picture (turned right by 90 degrees), and the label fits it as it is stored",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _folder.Dispose();

    // Bright in its top left quarter.
    private string Write(string name, int orientation)
    {
        using var bitmap = new SKBitmap(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (var y = 0; y < Height; y++)
        for (var x = 0; x < Width; x++)
            bitmap.SetPixel(x, y, x < Width / 2 && y < Height / 2 ? SKColors.White : SKColors.Black);
        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var bytes = bitmap
            .Encode(
                Path.GetExtension(name) switch
                {
                    ".png" => SKEncodedImageFormat.Png,
                    ".webp" => SKEncodedImageFormat.Webp,
                    _ => SKEncodedImageFormat.Jpeg,
                },
                95
            )
            .ToArray();
        byte[] exif = [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];
        File.WriteAllBytes(
            path,
            Path.GetExtension(name) switch
            {
                ".png" => InPng(bytes, exif),
                ".webp" => InWebp(bytes, exif),
                _ => InJpeg(bytes, exif),
            }
        );
        return path;
    }

    private static byte[] InPng(byte[] png, byte[] exif)
    {
        byte[] chunk = [.. "eXIf"u8, .. exif];
        return [.. png[..33], .. BigEndian(exif.Length), .. chunk, .. BigEndian((int)Crc32.Append(0, chunk)), .. png[33..]];
    }

    private static byte[] InJpeg(byte[] jpeg, byte[] exif) =>
        [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif, .. jpeg[2..]];

    // The extended form: VP8X with the flag of EXIF, the picture's own chunk, EXIF.
    private static byte[] InWebp(byte[] webp, byte[] exif)
    {
        var own = webp[12..];
        byte[] content =
        [
            .. "WEBPVP8X"u8,
            .. LittleEndian(10),
            8,
            0,
            0,
            0,
            Width - 1,
            0,
            0,
            Height - 1,
            0,
            0,
            .. own,
            .. "EXIF"u8,
            .. LittleEndian(exif.Length),
            .. exif,
        ];
        return [.. "RIFF"u8, .. LittleEndian(content.Length), .. content];
    }

    private static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static byte[] LittleEndian(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)];
}
