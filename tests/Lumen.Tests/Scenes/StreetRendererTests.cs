using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Lumen.Scenes;
using Xunit;

namespace Lumen.Tests.Scenes;

public class StreetRendererTests
{
    /// <summary>
    /// models/street-tiny was trained on exactly these pictures and captions; a change here makes its recipe irreproducible.
    /// </summary>
    [Fact]
    public void The_pictures_and_captions_that_models_were_trained_on_do_not_change()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < 48; i++)
        {
            Append(hash, SceneSamples.Render(i, width: 64 + (i % 3 * 8)));
        }

        Assert.Equal("B67F21EA9EB68C54", Convert.ToHexString(hash.GetHashAndReset())[..16]);
    }

    /// <summary>What recipes with <c>"scene_detail": "rich"</c> train on.</summary>
    [Fact]
    public void The_pictures_and_captions_of_rich_scenes_do_not_change()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < 48; i++)
        {
            var (layout, appearance) = SceneSamples.Draw(i);
            Append(hash, StreetRenderer.Render(layout, appearance with { Detail = SceneDetail.Rich }, 64 + (i % 3 * 8), 64));
        }

        Assert.Equal("ECF5128E5BE225B3", Convert.ToHexString(hash.GetHashAndReset())[..16]);
    }

    [Fact]
    public void More_detail_changes_the_picture_in_snow_and_rain_and_no_label()
    {
        for (int i = 0; i < 8; i++)
        {
            var (layout, appearance) = SceneSamples.Draw(i);
            foreach (var weather in new[] { Weather.Snow, Weather.Rain })
            {
                var plain = StreetRenderer.Render(layout, appearance with { Weather = weather, Time = TimeOfDay.Day }, 64, 64);
                var rich = StreetRenderer.Render(layout, plain.Appearance with { Detail = SceneDetail.Rich }, 64, 64);
                Assert.Equal(plain.Labels, rich.Labels);
                Assert.Equal(plain.Depth, rich.Depth);
                Assert.Equal(plain.Normals, rich.Normals);
                Assert.NotEqual(plain.Rgb, rich.Rgb);
                if (weather == Weather.Snow)
                {
                    Assert.True(Mean(rich, SceneClass.Road) > Mean(plain, SceneClass.Road) + 10);
                }
            }
        }
    }

    [Fact]
    public void The_same_seeds_give_the_same_bytes_on_every_thread()
    {
        string expected = Digest(SceneSamples.Render(3));
        var digests = new string[8];
        Parallel.For(0, digests.Length, i => digests[i] = Digest(SceneSamples.Render(3)));
        Assert.All(digests, d => Assert.Equal(expected, d));
    }

    [Fact]
    public void The_same_layout_gives_identical_labels_in_every_appearance()
    {
        for (int i = 0; i < 6; i++)
        {
            var (layout, appearance) = SceneSamples.Draw(i);
            var first = StreetRenderer.Render(layout, appearance, 64, 64);
            foreach (var look in SceneSamples.EveryLook(SceneSamples.Draw(i + 100).Appearance))
            {
                var other = StreetRenderer.Render(layout, look, 64, 64);
                Assert.Equal(first.Labels, other.Labels);
                Assert.Equal(first.Instances, other.Instances);
                Assert.Equal(first.Depth, other.Depth);
                Assert.Equal(first.Normals, other.Normals);
                Assert.Equal(first.Objects, other.Objects);
                Assert.NotEqual(first.Rgb, other.Rgb);
            }
        }
    }

    [Fact]
    public void A_wider_picture_shows_the_square_one_in_its_middle()
    {
        var (layout, appearance) = SceneSamples.Draw(5);
        var square = StreetRenderer.Render(layout, appearance, 64, 64);
        var wide = StreetRenderer.Render(layout, appearance, 128, 64);
        for (int y = 0; y < 64; y++)
        {
            Assert.Equal(square.Labels.AsSpan(y * 64, 64), wide.Labels.AsSpan((y * 128) + 32, 64));
            Assert.Equal(square.Depth.AsSpan(y * 64, 64), wide.Depth.AsSpan((y * 128) + 32, 64));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 50)]
    [InlineData(97, 41)]
    [InlineData(160, 96)]
    public void Any_size_and_shape_is_rendered(int width, int height)
    {
        var scene = SceneSamples.Render(2, width, height);
        Assert.Equal(width * height * 3, scene.Rgb.Length);
        Assert.Equal(width * height, scene.Labels.Length);
        Assert.Equal(width * height, scene.Instances.Length);
        Assert.Equal(width * height, scene.Depth.Length);
        Assert.Equal(width * height * 3, scene.Normals.Length);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, -1)]
    [InlineData(10, 8193)]
    public void A_size_that_cannot_be_is_refused_with_a_sentence(int width, int height)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => SceneSamples.Render(0, width, height));
        Assert.Contains(
            $"A picture must be between 1 and 8192 pixels wide and high but {width} x {height} was asked for.",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Day_is_brighter_than_night_in_every_weather_and_sunset_lies_between_on_average()
    {
        foreach (var weather in SceneSamples.Weathers)
        {
            var sums = new double[3];
            for (int i = 0; i < 24; i++)
            {
                var (layout, appearance) = SceneSamples.Draw(i);
                var means = SceneSamples
                    .Times.Select(time =>
                        SceneSamples
                            .Luminance(StreetRenderer.Render(layout, appearance with { Time = time, Weather = weather }, 64, 64))
                            .Average()
                    )
                    .ToArray();
                Assert.True(means[0] > means[2] + 20, $"Layout {i} in {weather}: day {means[0]:F1}, night {means[2]:F1}.");
                for (int t = 0; t < 3; t++)
                {
                    sums[t] += means[t] / 24;
                }
            }

            Assert.True(sums[0] > sums[1] + 15 && sums[1] > sums[2] + 15, $"{weather}: {string.Join(", ", sums)}");
            Assert.InRange(sums[2], 45, 90);
        }
    }

    [Fact]
    public void Fog_lowers_contrast()
    {
        int lower = 0,
            all = 0;
        for (int i = 0; i < 24; i++)
        {
            var (layout, appearance) = SceneSamples.Draw(i);
            foreach (var time in SceneSamples.Times)
            {
                double clear = Contrast(StreetRenderer.Render(layout, appearance with { Time = time, Weather = Weather.Clear }, 64, 64));
                double fog = Contrast(StreetRenderer.Render(layout, appearance with { Time = time, Weather = Weather.Fog }, 64, 64));
                lower += fog < clear ? 1 : 0;
                all++;
            }
        }

        Assert.True(lower >= 0.97 * all, $"Fog lowered contrast in {lower} of {all} pairs.");
    }

    [Fact]
    public void Snow_whitens_the_ground_and_rain_darkens_the_road()
    {
        for (int i = 0; i < 8; i++)
        {
            var (layout, appearance) = SceneSamples.Draw(i);
            var clear = StreetRenderer.Render(layout, appearance with { Time = TimeOfDay.Day, Weather = Weather.Clear }, 64, 64);
            var snow = StreetRenderer.Render(layout, appearance with { Time = TimeOfDay.Day, Weather = Weather.Snow }, 64, 64);
            Assert.True(Mean(snow, SceneClass.Road) > Mean(clear, SceneClass.Road) + 20);
            if (clear.Labels.Count(id => id == (byte)SceneClass.Grass) > 20)
            {
                Assert.True(Mean(snow, SceneClass.Grass) > Mean(clear, SceneClass.Grass) + 40);
            }
        }
    }

    private static double Mean(StreetScene scene, SceneClass kind) =>
        SceneSamples.Luminance(scene).Where((_, i) => scene.Labels[i] == (byte)kind).Average();

    /// <summary>Spread of luminance relative to its mean.</summary>
    private static double Contrast(StreetScene scene)
    {
        var values = SceneSamples.Luminance(scene);
        return SceneSamples.Spread(values) / values.Average();
    }

    private static string Digest(StreetScene scene)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, scene);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, StreetScene scene)
    {
        hash.AppendData(scene.Rgb);
        hash.AppendData(scene.Labels);
        hash.AppendData(MemoryMarshal.AsBytes<ushort>(scene.Instances));
        hash.AppendData(MemoryMarshal.AsBytes<float>(scene.Depth));
        hash.AppendData(MemoryMarshal.AsBytes<float>(scene.Normals));
        hash.AppendData(Encoding.UTF8.GetBytes(scene.Caption));
    }
}
