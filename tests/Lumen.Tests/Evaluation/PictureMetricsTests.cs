using Lumen.Imaging;
using Lumen.Research.Evaluation;
using Lumen.Scenes;
using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Evaluation;

public sealed class PictureMeasuresTests
{
    [Fact]
    public void White_has_luminance_one_and_no_contrast()
    {
        var white = Picture.Filled(4, 3, 255, 255, 255);
        Assert.Equal(1, PictureMetrics.MeanLuminance(white), 1e-12);
        Assert.Equal(0, PictureMetrics.LocalContrast(white));
        Assert.Equal(0, PictureMetrics.GlobalContrast(white), 1e-9);
    }

    [Fact]
    public void Stripes_have_half_of_the_full_local_contrast()
    {
        var stripes = new Picture(2, 2, [0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255]);
        Assert.Equal(0.5, PictureMetrics.LocalContrast(stripes), 1e-12); // every neighbour in a row differs, none in a column
        Assert.Equal(0.5, PictureMetrics.GlobalContrast(stripes), 1e-12);
    }

    [Fact]
    public void Real_renders_obey_the_orders_that_prompts_are_measured_by()
    {
        var scenes = EvaluationScene.Render(new SceneSelection(SceneSplit.Test, 24, Size: 64));
        foreach (var (scene, index) in scenes.Select((scene, index) => (scene, index)))
        {
            var (day, night) = QuickPrompts.DayAndNight(scene.Appearance, index);
            Assert.True(
                PictureMetrics.MeanLuminance(scene.In(day).Picture) > PictureMetrics.MeanLuminance(scene.In(night).Picture),
                $"luminance of scene {index}"
            );
            var (clear, fog) = QuickPrompts.ClearAndFog(scene.Appearance, index);
            Assert.True(
                PictureMetrics.LocalContrast(scene.In(clear).Picture) > PictureMetrics.LocalContrast(scene.In(fog).Picture),
                $"contrast of scene {index}"
            );
        }
    }
}
