using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

public class JpegWriterTests
{
    [Fact]
    public void A_picture_comes_back_nearly_unchanged_with_its_comment()
    {
        using var folder = new TempFolder();
        var picture = TinyModels.Scene(3, 61, 47);
        JpegWriter.Write(folder.File("a.jpg"), picture, "nächtlich {\"seed\": 1}");
        var read = PictureReader.Read(folder.File("a.jpg"));
        Assert.Equal((61, 47), (read.Width, read.Height));
        Assert.Equal((61, 47), PictureReader.ReadSize(folder.File("a.jpg")));
        Assert.True(picture.Rgb.Zip(read.Rgb, (a, b) => Math.Abs(a - b)).Average() < 3);
        Assert.Equal("nächtlich {\"seed\": 1}", JpegWriter.ReadComment(folder.File("a.jpg")));
        Assert.Equal(JpegWriter.Encode(picture, null), JpegWriter.Encode(picture, null));
    }

    [Fact]
    public void A_file_without_comment_has_none()
    {
        using var folder = new TempFolder();
        JpegWriter.Write(folder.File("a.jpg"), Picture.Filled(4, 4, 1, 2, 3));
        Assert.Null(JpegWriter.ReadComment(folder.File("a.jpg")));
    }

    [Theory]
    [InlineData("missing.png", "does not exist")]
    [InlineData("empty.png", "is empty")]
    [InlineData("text.png", "is not a picture that can be read")]
    public void A_size_that_cannot_be_read_is_refused(string name, string sentence)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("empty.png"), "");
        File.WriteAllText(folder.File("text.png"), "some text");
        Assert.Contains(
            sentence,
            Assert.Throws<LumenException>(() => PictureReader.ReadSize(folder.File(name))).Message,
            StringComparison.Ordinal
        );
    }
}
