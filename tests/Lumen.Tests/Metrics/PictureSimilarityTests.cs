using Lumen.Imaging;
using Lumen.Metrics;
using Xunit;

namespace Lumen.Tests.Metrics;

public sealed class PictureSimilarityTests
{
    [Fact]
    public void A_picture_is_like_itself()
    {
        var picture = Noise(20, 14, 1);
        Assert.Equal(1, StructuralSimilarity.Between(picture, picture), 1e-12);
        Assert.Equal(double.PositiveInfinity, PictureError.Psnr(picture, picture));
    }

    [Fact]
    public void Black_against_white_is_as_far_as_it_goes()
    {
        var (black, white) = (Picture.Filled(12, 12, 0, 0, 0), Picture.Filled(12, 12, 255, 255, 255));
        Assert.Equal(0, PictureError.Psnr(black, white), 1e-12);
        Assert.InRange(StructuralSimilarity.Between(black, white), 0, 1e-3);
    }

    [Fact]
    public void Similarity_goes_both_ways()
    {
        var (one, other) = (Noise(17, 15, 1), Noise(17, 15, 2));
        Assert.Equal(
            StructuralSimilarity.Between(one, other, SimilarityWindow.Gaussian),
            StructuralSimilarity.Between(other, one, SimilarityWindow.Gaussian),
            1e-12
        );
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_said()
    {
        Assert.Contains("5 x 9 and 9 x 9", Assert.Throws<LumenException>(() => PictureError.Psnr(Noise(5, 9, 1), Noise(9, 9, 1))).Message);
        Assert.Contains(
            "window of 7 x 7",
            Assert.Throws<LumenException>(() => StructuralSimilarity.Between(Noise(5, 9, 1), Noise(5, 9, 2))).Message
        );
        Assert.Throws<ArgumentException>(() => StructuralSimilarity.Between(Noise(9, 9, 1), Noise(9, 9, 2), new SimilarityWindow(4)));
    }

    private static Picture Noise(int width, int height, int seed)
    {
        var rgb = new byte[width * height * 3];
        new Random(seed).NextBytes(rgb);
        return new Picture(width, height, rgb);
    }
}
