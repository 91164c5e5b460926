using CsCheck;
using Lumen.Imaging;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

public sealed class ResizingTests
{
    [Fact]
    public void A_constant_picture_stays_constant()
    {
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 90], Gen.Int[1, 90], Gen.Byte)
            .Sample(
                (width, height, newWidth, newHeight, level) =>
                {
                    var picture = Picture.Filled(width, height, level, (byte)(255 - level), 77);
                    var expected = Picture.Filled(newWidth, newHeight, level, (byte)(255 - level), 77).Rgb;
                    return Resizing.Resize(picture, newWidth, newHeight).Rgb.SequenceEqual(expected)
                        && Resizing.Area(picture, newWidth, newHeight).Rgb.SequenceEqual(expected)
                        && Resizing.Lanczos(picture, newWidth, newHeight).Rgb.SequenceEqual(expected);
                },
                iter: 200,
                threads: 1
            );
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 5)]
    [InlineData(4, 1)]
    public void Shrinking_by_whole_numbers_gives_the_mean_of_each_block(int across, int down)
    {
        var picture = Fixtures.Noise(across * 7, down * 6);
        var small = Resizing.Resize(picture, 7, 6);
        for (var y = 0; y < 6; y++)
        {
            for (var x = 0; x < 7; x++)
            {
                var sum = 0.0;
                for (var at = 0; at < across * down; at++)
                    sum += picture.At(x * across + at % across, y * down + at / across).Green;
                Assert.InRange(small.At(x, y).Green - sum / (across * down), -0.501, 0.501);
            }
        }
    }

    [Fact]
    public void Area_averaging_keeps_the_mean_at_any_ratio()
    {
        var picture = Fixtures.Noise(97, 61);
        foreach (var (width, height) in ((int, int)[])[(31, 17), (96, 60), (1, 1), (50, 61)])
            Assert.InRange(
                Resizing.Area(picture, width, height).Rgb.Average(value => value) - picture.Rgb.Average(value => value),
                -1.0,
                1.0
            );
    }

    [Fact]
    public void Enlarging_a_smooth_picture_and_shrinking_it_again_gives_it_back()
    {
        var smooth = new Picture(
            32,
            32,
            [.. Enumerable.Range(0, 32 * 32 * 3).Select(at => (byte)(128 + 100 * Math.Sin(at / 3 % 32 * 0.2) * Math.Cos(at / 96 * 0.15)))]
        );
        var back = Resizing.Resize(Resizing.Resize(smooth, 128, 96), 32, 32);
        Assert.True(back.Rgb.Zip(smooth.Rgb).Max(pair => Math.Abs(pair.First - pair.Second)) <= 4);
    }

    [Fact]
    public void Lanczos_has_the_published_weights()
    {
        // Twice as large: the new centre lies a quarter of a pixel off; sinc(x) sinc(x / 3) there, normalised.
        var (_, weights) = ResampleWeights.Lanczos3(20, 40).Taps[20];
        Assert.Equal(
            [0.0073, -0.0678, 0.2710, 0.8927, -0.1333, 0.0300],
            weights.Select(weight => Math.Round(weight, 4)),
            (a, b) => Math.Abs(a - b) < 2e-3
        );
        Assert.All(ResampleWeights.Lanczos3(37, 11).Taps, tap => Assert.Equal(1f, tap.Weights.Sum(), 5));
    }

    [Fact]
    public void The_same_size_gives_the_same_pixels()
    {
        var picture = Fixtures.Noise(13, 9);
        Assert.Equal(picture.Rgb, Resizing.Resize(picture, 13, 9).Rgb);
        Assert.Equal(picture.Rgb, Resizing.Lanczos(picture, 13, 9).Rgb);
        Assert.Equal(picture.Rgb, Resizing.Resize(picture, 26, 9) is var wide ? Resizing.Crop(picture, 0, 0, 13, 9).Rgb : wide.Rgb);
    }

    [Fact]
    public void Resized_ids_are_old_ids_and_blocks_stay_blocks()
    {
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int[1, 50], Gen.Int[1, 50])
            .Sample(
                (width, height, newWidth, newHeight) =>
                {
                    var ids = Enumerable.Range(0, width * height).Select(at => (ushort)(at * 251)).ToArray();
                    var resized = Resizing.ResizeIds(ids, width, height, newWidth, newHeight);
                    var kept = newWidth >= width && newHeight >= height;
                    return resized.Length == newWidth * newHeight && resized.All(ids.Contains) && (!kept || ids.All(resized.Contains));
                },
                iter: 200,
                threads: 1
            );
        byte[] doubled = [1, 1, 2, 2, 1, 1, 2, 2];
        Assert.Equal(doubled, Resizing.ResizeIds((byte[])[1, 2], 2, 1, 4, 2));
        Assert.Equal((byte[])[1, 2], Resizing.ResizeIds(doubled, 4, 2, 2, 1));
    }

    [Fact]
    public void Padding_reflects_and_cropping_gives_the_original_back()
    {
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 24])
            .Sample(
                (width, height, multiple) =>
                {
                    var picture = Fixtures.Noise(width, height);
                    var padded = Resizing.Pad(picture, multiple);
                    return padded.Picture.Width % multiple == 0
                        && padded.Picture.Height % multiple == 0
                        && padded.Picture.Width - width < multiple
                        && padded.Picture.Height - height < multiple
                        && padded.Crop(padded.Picture).Rgb.SequenceEqual(picture.Rgb);
                },
                iter: 200,
                threads: 1
            );
        var row = Resizing.Pad(new Picture(3, 1, [1, 1, 1, 2, 2, 2, 3, 3, 3]), 8).Picture;
        Assert.Equal([1, 2, 3, 2, 1, 2, 3, 2], Enumerable.Range(0, 8).Select(x => (int)row.At(x, 7).Red));
    }

    [Fact]
    public void Cropping_a_result_of_another_size_is_refused() =>
        Assert.Throws<ArgumentException>(() => Resizing.Pad(Fixtures.Noise(5, 5), 8).Crop(Fixtures.Noise(5, 5)));

    [Fact]
    public void Fitting_keeps_proportions_and_covering_distorts_nothing()
    {
        var fitted = Resizing.Fit(Fixtures.Noise(100, 50), 20);
        Assert.Equal((20, 10), (fitted.Width, fitted.Height));
        Assert.Same(fitted, Resizing.Fit(fitted, 20));
        var covered = Resizing.Cover(Fixtures.Quarters(100, 50), 20, 20);
        Assert.Equal((20, 20), (covered.Width, covered.Height));
        Assert.Equal((255, 0, 0), covered.At(5, 5));
        Assert.Equal((255, 255, 255), covered.At(15, 15));
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, -1)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void Impossible_sizes_are_refused(int width, int height)
    {
        Assert.Throws<ArgumentException>(() => Resizing.Resize(Fixtures.Noise(4, 4), width, height));
        Assert.Throws<ArgumentException>(() => Resizing.ResizeIds((byte[])[1], 1, 1, width, height));
    }
}
