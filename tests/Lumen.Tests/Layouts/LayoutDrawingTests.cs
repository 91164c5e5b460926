using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class LayoutDrawingTests
{
    [Fact]
    public void The_first_three_components_are_red_green_and_blue_at_the_pictures_size()
    {
        using var scope = NewDisposeScope();
        var map = zeros(4, 8, 8);
        map[0] = linspace(-1, 1, 8).expand(8, 8);
        map[1] = linspace(-5, 5, 8).unsqueeze(1).expand(8, 8);
        using var layout = new NeuralLayout(map, "basis", Toy.Source, 64, 32);
        var picture = LayoutDrawing.Rgb(layout);
        Assert.Equal((64, 32), (picture.Width, picture.Height));
        Assert.True(picture.At(60, 2) is { Red: > 240, Green: < 15 });
        Assert.True(picture.At(2, 30) is { Red: < 15, Green: > 240 });
    }

    [Fact]
    public void A_range_over_several_layouts_gives_all_of_them_the_same_colours()
    {
        using var scope = NewDisposeScope();
        using var dark = new NeuralLayout(full(3, 4, 4, -1f), "basis", Toy.Source, 8, 8);
        using var bright = new NeuralLayout(full(3, 4, 4, 1f), "basis", Toy.Source, 8, 8);
        var range = DrawingRange.Of([dark, bright]);
        Assert.Equal((0, 0, 0), LayoutDrawing.Rgb(dark, range).At(4, 4));
        Assert.Equal((255, 255, 255), LayoutDrawing.Rgb(bright, range).At(4, 4));
    }

    [Fact]
    public void Percentiles_ignore_a_single_odd_cell()
    {
        using var scope = NewDisposeScope();
        var map = linspace(0, 1, 400).view(1, 20, 20).clone();
        map[0, 19, 19] = 1e6f;
        using var layout = new NeuralLayout(map, "basis", Toy.Source, 20, 20);
        var (low, high) = DrawingRange.Of([layout])[0];
        Assert.Equal(0.01, low, 2);
        Assert.Equal(0.99, high, 2);
    }

    [Fact]
    public void Layouts_with_fewer_than_three_components_or_one_value_can_be_drawn()
    {
        using var scope = NewDisposeScope();
        using var layout = new NeuralLayout(ones(1, 2, 2), "basis", Toy.Source, 4, 4);
        Assert.Equal((128, 128), (LayoutDrawing.Rgb(layout).At(1, 1).Green, LayoutDrawing.Rgb(layout).At(1, 1).Blue));
        Assert.True(LayoutDrawing.Strip(layout).Width >= 4);
    }

    [Fact]
    public void The_strip_shows_each_component_from_blue_to_red_and_breaks_after_eight()
    {
        using var scope = NewDisposeScope();
        var map = linspace(-1, 1, 16).expand(10, 16, 16).clone();
        using var layout = new NeuralLayout(map, "basis", Toy.Source, 128, 128);
        var eight = LayoutDrawing.Strip(layout, 8, Enumerable.Repeat(0.05, 10).ToArray());
        var ten = LayoutDrawing.Strip(layout, 10);
        Assert.InRange(eight.Width, 8 * 128, 8 * 140);
        Assert.True(ten.Height > 2 * 128 && ten.Height < 2 * 128 + 80);
        var (left, right) = (eight.At(10, eight.Height - 60), eight.At(134, eight.Height - 60));
        Assert.True(left.Blue > left.Red + 100, left.ToString());
        Assert.True(right.Red > right.Blue + 100, right.ToString());
    }

    [Fact]
    public void The_variance_plot_is_drawn_and_written_as_png()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var basis = Toy.Fit(Toy.Plain(), Toy.Features(1));
        var plot = VariancePlot.Draw(basis);
        PngWriter.WriteRgb(folder.File("plot.png"), plot);
        Assert.Equal(plot.Rgb, PictureReader.Read(folder.File("plot.png")).Rgb);
        Assert.True(plot.Rgb.Distinct().Count() > 10);
    }
}
