using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class LayoutMaskTests
{
    [Theory]
    [InlineData(8, 6)] // one pixel a cell
    [InlineData(16, 12)]
    [InlineData(4, 3)] // smaller than the grid
    [InlineData(800, 600)]
    public void A_white_half_selects_half_of_the_cells_at_any_size_of_the_mask(int width, int height)
    {
        using var scope = NewDisposeScope();
        var picture = Picture.Filled(width, height, 0, 0, 0);
        for (var y = 0; y < height; y++)
            picture.Row(y)[(width / 2 * 3)..].Fill(255);
        var mask = LayoutMask.Of(picture, Layout(), "half.png");
        var expected = zeros(6, 8);
        expected.narrow(1, 4, 4).fill_(1);
        TensorAssert.Same(expected, mask);
    }

    [Fact]
    public void A_cell_counts_as_much_as_the_mask_covers_of_it()
    {
        using var scope = NewDisposeScope();
        var picture = Picture.Filled(16, 12, 0, 0, 0);
        picture.Row(0)[..3].Fill(255); // a quarter of the first cell
        picture.Row(2)[..6].Fill(102); // half of another, at 40 %
        var mask = LayoutMask.Of(picture, Layout(), "corner.png");
        Assert.Equal(0.25, mask[0, 0].item<float>(), 2);
        Assert.Equal(0.2, mask[1, 0].item<float>(), 2);
        Assert.Equal(0.45, mask.sum().item<float>(), 2);
        var region = LayoutMask.Of(new PixelRegion(4, 8, 8, 4), Layout()); // half of cells (1, 0) and (1, 1), by half of their height
        TensorAssert.Close(tensor(new[] { 0.25f, 0.25f, 0 }), region[1].narrow(0, 0, 3), 1e-6, 0);
        Assert.Equal(0.5, region.sum().item<float>(), 5);
    }

    [Fact]
    public void A_coloured_mask_is_refused_and_a_slight_tint_is_not()
    {
        var picture = Picture.Filled(16, 12, 200, 205, 200);
        using (LayoutMask.Of(picture, Layout(), "grey.png"))
            picture.Row(3)[6..9].Clear();
        (picture.Row(3)[6], picture.Row(3)[7]) = (200, 0);
        var fault = Assert.Throws<LumenException>(() => LayoutMask.Of(picture, Layout(), "red.png"));
        Assert.Contains(
            "The mask red.png must be black, white and grey, but the pixel (2, 3) is red 200, green 0, blue 0",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    // 8 x 6 cells of 8 pixels.
    private static NeuralLayout Layout() => new(new RandomStream(1).Normal(4, 6, 8), new string('e', 64), Toy.Source, 64, 48);
}
