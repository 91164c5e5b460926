using BitMiracle.LibTiff.Classic;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

public sealed class TiffTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData(Compression.NONE, 8)]
    [InlineData(Compression.LZW, 8)]
    [InlineData(Compression.ADOBE_DEFLATE, 8)]
    [InlineData(Compression.NONE, 16)]
    public void Pixels_are_those_that_were_stored(Compression compression, int bits)
    {
        Write("a.tif", compression, bits, orientation: 1);
        var picture = PictureReader.Read(_folder.File("a.tif"));
        Assert.Equal((3, 2), (picture.Width, picture.Height));
        Assert.Equal(Pixels, picture.Rgb);
        Assert.Equal((3, 2), PictureReader.ReadSize(_folder.File("a.tif")));
    }

    [Fact]
    public void An_orientation_is_applied()
    {
        Write("a.tiff", Compression.NONE, 8, orientation: 6);
        var picture = PictureReader.Read(_folder.File("a.tiff"));
        Assert.Equal((2, 3, 6), PictureReader.ReadFacts(_folder.File("a.tiff")));
        Assert.Equal((2, 3), (picture.Width, picture.Height));
        // turned right: the first stored column is the first row, from the bottom
        Assert.Equal((Pixels[9], Pixels[10], Pixels[11]), picture.At(0, 0));
    }

    [Fact]
    public void Any_cut_or_changed_byte_is_read_or_refused_with_a_sentence()
    {
        Write("a.tif", Compression.LZW, 8, orientation: 1);
        var bytes = File.ReadAllBytes(_folder.File("a.tif"));
        var random = new Random(7);
        for (var trial = 0; trial < 300; trial++)
        {
            var changed = (byte[])bytes.Clone();
            for (var at = 0; at < 1 + trial % 3; at++)
                changed[4 + random.Next(changed.Length - 4)] = (byte)random.Next(256);
            if (trial % 5 == 0)
                changed = changed[..random.Next(4, changed.Length)];
            try
            {
                PictureReader.Decode(changed, "a.tif");
            }
            catch (LumenException fault)
            {
                Assert.Contains("a.tif", fault.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Tiff_pictures_of_a_data_set_have_their_labels()
    {
        Directory.CreateDirectory(_folder.File("images"));
        Write("images/t0.tif", Compression.NONE, 8, orientation: 1);
        Directory.CreateDirectory(_folder.File("masks"));
        PngWriter.WriteGray8(_folder.File("masks/t0.png"), 3, 2, new byte[6]);
        var dataset = DatasetFormats.Open(_folder.Path);
        Assert.Equal("masks/t0.png", Assert.Single(Assert.Single(dataset.Items()).Labels).Name);
        Assert.Empty(DatasetCheck.Run(dataset).Faults);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Pixels { get; } = [.. Enumerable.Range(0, 18).Select(at => (byte)(at * 14))];

    private void Write(string name, Compression compression, int bits, int orientation)
    {
        using var tiff = Tiff.Open(_folder.File(name), "w");
        tiff.SetField(TiffTag.IMAGEWIDTH, 3);
        tiff.SetField(TiffTag.IMAGELENGTH, 2);
        tiff.SetField(TiffTag.BITSPERSAMPLE, bits);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, 3);
        tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.RGB);
        tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.ORIENTATION, orientation);
        tiff.SetField(TiffTag.COMPRESSION, compression);
        tiff.SetField(TiffTag.ROWSPERSTRIP, 2);
        for (var row = 0; row < 2; row++)
        {
            var line = Pixels.AsSpan(row * 9, 9).ToArray();
            tiff.WriteScanline(bits == 8 ? line : [.. line.SelectMany(value => new[] { value, value })], row); // 257 times the value
        }
    }
}
