using Lumen.Imaging;
using Lumen.Research.Evaluation;
using Lumen.Research.Studies;
using Lumen.Scenes;
using Xunit;

namespace Lumen.Tests.Evaluation;

public sealed class AppearanceClassifierTests
{
    [Fact]
    public void Held_out_renders_are_told_far_above_chance()
    {
        using var classifiers = AppearanceClassifiers.Fit(240, 32);
        Assert.Equal(60, classifiers.HeldOut);
        Assert.True(classifiers.Accuracies[0] > 0.75, $"time {classifiers.Accuracies[0]}");
        Assert.True(classifiers.Accuracies[1] > 0.5, $"weather {classifiers.Accuracies[1]}");
        Assert.True(classifiers.Accuracies[2] > 0.25, $"palette {classifiers.Accuracies[2]}");
        Assert.Contains("60 held-out renders", classifiers.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_of_a_picture_of_one_colour_are_that_colour()
    {
        using var values = PictureStatistics.Of([Picture.Filled(37, 21, 255, 0, 51)]);
        float[] first = [.. values.data<float>().ToArray().Take(5)];
        Assert.Equal(1, first[0], 1e-6);
        Assert.Equal(0.2f, first[2], 1e-6);
        Assert.Equal((0, 0), (first[3], first[4]));
    }

    [Fact]
    public void A_prompt_names_time_weather_and_houses_and_differs_from_the_reference_in_all_three()
    {
        for (var index = 0; index < 20; index++)
        {
            var reference = StreetReference.Render(index, 1, 16);
            var (own, wanted) = (reference.Scene.Appearance, reference.Wanted);
            Assert.True(own.Time != wanted.Time && own.Weather != wanted.Weather && own.Palette != wanted.Palette);
        }
        var rich = StreetReference.Render(3, 1, 16, SceneDetail.Rich);
        Assert.Equal((SceneDetail.Rich, SceneDetail.Rich), (rich.Scene.Appearance.Detail, rich.Wanted.Detail));
        Assert.Equal(rich.Scene.Labels, StreetReference.Render(3, 1, 16).Scene.Labels);
        var snow = rich with { Wanted = rich.Wanted with { Weather = Weather.Snow, Time = TimeOfDay.Day } };
        var plain = snow with { Wanted = snow.Wanted with { Detail = SceneDetail.Plain } };
        Assert.NotEqual(plain.RealVariant(1).Rgb, snow.RealVariant(1).Rgb); // the road is white
        var night = SceneAppearance.Create(TimeOfDay.Night, Weather.Fog, BuildingPalette.RedBrick);
        Assert.Equal("a street at night in fog with red brick buildings", StreetReference.PromptOf(night));
    }
}
