using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Generation;

/// <summary>Which steps the adapter leads: those that lie between start and end as a whole.</summary>
public sealed class ControlWindowTests
{
    [Theory]
    [InlineData(0, 1, 10, "0123456789")]
    [InlineData(0, 0.3, 10, "012")]
    [InlineData(0, 0.33, 10, "012")]
    [InlineData(0, 0.4, 10, "0123")]
    [InlineData(0, 0, 10, "")]
    [InlineData(0, 0.05, 10, "")]
    [InlineData(0.5, 0.5, 10, "")]
    [InlineData(0.5, 1, 10, "56789")]
    [InlineData(0.55, 0.85, 10, "67")]
    [InlineData(1, 1, 10, "")]
    [InlineData(0, 0.9, 1, "")]
    [InlineData(0.2, 1, 3, "12")]
    public void A_step_is_led_where_all_of_it_lies_between_start_and_end(double start, double end, int steps, string led)
    {
        var options = new GenerationOptions { ControlGuidanceStart = start, ControlGuidanceEnd = end };
        Assert.Equal(led, string.Concat(Enumerable.Range(0, steps).Where(step => options.ControlsAt(step, steps))));
    }

    [Fact]
    public void An_end_between_two_steps_is_the_end_of_the_first_and_an_end_of_zero_is_no_control()
    {
        using var folder = new TempFolder();
        using var model = DiffusionModel.Load(TinyModels.Write(folder.File("tiny")), Placement.Reference);
        using var adapter = LayoutAdapter.Load(Path.Combine(model.Path, "controlnet"), model);
        var generator = new ImageGenerator(model, adapter);
        using var layout = generator.ExtractLayout(TinyModels.Scene(1));
        byte[] Pixels(GenerationOptions options) =>
            generator.Generate(GenerationRequest.For(layout, "a street"), options with { NumInferenceSteps = 4 })[0].Rgb;

        Assert.Equal(Pixels(new() { ControlGuidanceEnd = 0.25 }), Pixels(new() { ControlGuidanceEnd = 0.4 }));
        Assert.NotEqual(Pixels(new() { ControlGuidanceEnd = 0.5 }), Pixels(new() { ControlGuidanceEnd = 0.4 }));
        Assert.Equal(Pixels(new() { ConditioningScale = 0 }), Pixels(new() { ControlGuidanceEnd = 0 }));
        Assert.NotEqual(Pixels(new()), Pixels(new() { ControlGuidanceEnd = 0 }));
    }
}
