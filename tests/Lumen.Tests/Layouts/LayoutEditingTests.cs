using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class LayoutEditingTests
{
    private const int Width = 72,
        Height = 56; // 9 x 7 cells of 8 pixels

    [Fact]
    public void Mixing_with_a_white_mask_gives_the_second_layout_and_with_a_black_one_the_first()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Layout(1), Layout(2));
        TensorAssert.Same(second.Map, LayoutEditing.Mix(first, second, LayoutMask.Everything(first)).Map);
        TensorAssert.Same(first.Map, LayoutEditing.Mix(first, second, zeros(7, 9)).Map);
        var half = LayoutEditing.Mix(first, second, full([7, 9], 0.5f)).Map;
        TensorAssert.Close((first.Map + second.Map) / 2, half, 1e-6, 0);
    }

    [Fact]
    public void A_mask_takes_each_cell_from_the_layout_it_names()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Layout(1), Layout(2));
        var mask = zeros(7, 9);
        mask.narrow(0, 2, 3).narrow(1, 4, 2).fill_(1);
        var mixed = LayoutEditing.Mix(first, second, mask);
        TensorAssert.Same(where(mask.eq(1), second.Map, first.Map), mixed.Map);
        Assert.Equal((first.BasisHash, Width, Height), (mixed.BasisHash, mixed.ImageWidth, mixed.ImageHeight));
        Assert.Equal(["mix (9.5 % of the cells from a second layout)"], mixed.Edits);
    }

    [Theory]
    [InlineData(14, 18)]
    [InlineData(3, 3)]
    [InlineData(14, 4)]
    public void A_second_layout_of_another_grid_is_stretched_to_the_first(int height, int width)
    {
        using var scope = NewDisposeScope();
        var first = Layout(1);
        var constant = first.With(first.Map.mean([1, 2], keepdim: true).expand(-1, height, width));
        var mixed = LayoutEditing.Mix(first, constant, LayoutMask.Everything(first));
        TensorAssert.Close(constant.Map.narrow(1, 0, 1).narrow(2, 0, 1).expand(-1, 7, 9), mixed.Map, 1e-6, 0);
        var ramp = first.With(linspace(-1, 1, width).expand(4, height, width));
        var stretched = LayoutEditing.Mix(first, ramp, LayoutMask.Everything(first)).Map[0, 3];
        Assert.True(
            stretched.diff().ge(0).all().item<bool>() && (stretched[8] - stretched[0]).item<float>() > 1,
            stretched.ToString(TorchSharp.TensorStringStyle.Numpy)
        );
    }

    [Fact]
    public void Layouts_of_two_bases_are_neither_mixed_nor_pasted_and_the_difference_is_named()
    {
        using var scope = NewDisposeScope();
        var first = Layout(1);
        var refit = new NeuralLayout(first.Map, new string('b', 64), Toy.Source, Width, Height);
        var foreign = new NeuralLayout(first.Map, new string('c', 64), Toy.Source with { Timestep = 261 }, Width, Height);
        var narrow = new NeuralLayout(first.Map.narrow(0, 0, 3), new string('d', 64), Toy.Source, Width, Height);
        Assert.Contains("another fit: basis eeeeeeeeeeee against bbbbbbbbbbbb", Mixing(refit).Message, StringComparison.Ordinal);
        Assert.Contains("timestep 100 against 261", Mixing(foreign).Message, StringComparison.Ordinal);
        Assert.Contains("4 components against 3", Mixing(narrow).Message, StringComparison.Ordinal);
        Assert.Contains(
            "do not belong to one basis",
            Assert.Throws<LumenException>(() => LayoutEditing.Paste(first, refit, new PixelRegion(0, 0, 8, 8), (0, 0))).Message,
            StringComparison.Ordinal
        );

        LumenException Mixing(NeuralLayout second) =>
            Assert.Throws<LumenException>(() => LayoutEditing.Mix(first, second, LayoutMask.Everything(first)));
    }

    [Fact]
    public void Erasing_everything_gives_the_zero_layout_and_a_region_only_its_cells()
    {
        using var scope = NewDisposeScope();
        var layout = Layout(3);
        TensorAssert.Same(zeros(4, 7, 9), LayoutEditing.Erase(layout, LayoutMask.Everything(layout)).Map);
        var erased = LayoutEditing.Erase(layout, LayoutMask.Of(new PixelRegion(8, 16, 24, 8), layout)).Map;
        var expected = layout.Map.clone();
        expected.narrow(1, 2, 1).narrow(2, 1, 3).zero_();
        TensorAssert.Same(expected, erased);
    }

    [Theory]
    [InlineData(MirrorAxis.Horizontal, 2)]
    [InlineData(MirrorAxis.Vertical, 1)]
    public void Mirroring_twice_changes_nothing_and_once_exchanges_the_sides(MirrorAxis axis, int dimension)
    {
        using var scope = NewDisposeScope();
        var layout = Layout(4);
        var once = LayoutEditing.Mirror(layout, axis);
        TensorAssert.Same(layout.Map.select(dimension, 0), once.Map.select(dimension, layout.Map.shape[dimension] - 1));
        TensorAssert.Same(layout.Map, LayoutEditing.Mirror(once, axis).Map);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(ulong.MaxValue)]
    public void Rotating_keeps_lengths_and_angles_and_rotating_back_gives_the_layout(ulong seed)
    {
        using var scope = NewDisposeScope();
        var layout = Layout(5);
        var rotated = LayoutEditing.Rotate(layout, seed);
        Assert.True((rotated.Map - layout.Map).abs().max().item<float>() > 0.5);
        TensorAssert.Close(layout.Map, LayoutEditing.RotateBack(rotated, seed).Map, 1e-5, 1e-5);
        TensorAssert.Close(Products(layout), Products(rotated), 1e-4, 1e-4);
        TensorAssert.Same(rotated.Map, LayoutEditing.Rotate(layout, seed).Map);
        Assert.True((rotated.Map - LayoutEditing.Rotate(layout, 7).Map).abs().max().item<float>() > 0.5);
        TensorAssert.Close(
            eye(20, dtype: ScalarType.Float64),
            LayoutEditing.Orthogonal(20, seed).mm(LayoutEditing.Orthogonal(20, seed).t()),
            1e-12,
            0
        );

        static Tensor Products(NeuralLayout layout) => layout.Map.flatten(1).t().mm(layout.Map.flatten(1)); // [cells, cells]
    }

    [Fact]
    public void Keeping_the_first_components_equals_dropping_the_rest()
    {
        using var scope = NewDisposeScope();
        var layout = Layout(6);
        var kept = LayoutEditing.Keep(layout, [1, 2]);
        TensorAssert.Same(kept.Map, LayoutEditing.Drop(layout, [3, 4]).Map);
        TensorAssert.Same(layout.First(2).Map, kept.Map);
        TensorAssert.Same(zeros(4, 7, 9), LayoutEditing.Drop(kept, [2, 1, 2]).Map);
        Assert.Equal(["keep (components 1,2)"], kept.Edits);
    }

    [Fact]
    public void Scaling_multiplies_the_named_components_and_its_inverse_undoes_it()
    {
        using var scope = NewDisposeScope();
        var layout = Layout(7);
        var scaled = LayoutEditing.Scale(layout, [2, 4], -2);
        TensorAssert.Same(layout.Map * tensor(new[] { 1f, -2, 1, -2 }).view(4, 1, 1), scaled.Map);
        TensorAssert.Same(layout.Map, LayoutEditing.Scale(scaled, [4, 2], -0.5).Map);
    }

    [Fact]
    public void A_pasted_rectangle_lands_on_whole_cells_and_is_cut_at_the_border()
    {
        using var scope = NewDisposeScope();
        var (onto, from) = (Layout(8), Layout(9));
        var pasted = LayoutEditing.Paste(onto, from, new PixelRegion(8, 8, 24, 16), (40, 24));
        var expected = onto.Map.clone();
        expected.narrow(1, 3, 2).narrow(2, 5, 3).copy_(from.Map.narrow(1, 1, 2).narrow(2, 1, 3));
        TensorAssert.Same(expected, pasted.Map);
        var cut = LayoutEditing.Paste(onto, from, new PixelRegion(0, 0, 24, 16), (-16, 48));
        expected = onto.Map.clone();
        expected.narrow(1, 6, 1).narrow(2, 0, 1).copy_(from.Map.narrow(1, 0, 1).narrow(2, 2, 1));
        TensorAssert.Same(expected, cut.Map);
        TensorAssert.Same(onto.Map, LayoutEditing.Paste(onto, onto, new PixelRegion(13, 9, 20, 20), (13, 9)).Map);
        TensorAssert.Same(from.Map, LayoutEditing.Paste(onto, from, new PixelRegion(0, 0, Width, Height), (0, 0)).Map);
    }

    [Fact]
    public void What_lies_outside_is_refused()
    {
        using var scope = NewDisposeScope();
        var layout = Layout(1);
        Assert.Contains(
            "The region 60,0,20,8 must have sides",
            Refused(() => LayoutEditing.Paste(layout, layout, new PixelRegion(60, 0, 20, 8), (0, 0))),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "lie inside the layout's picture of 72 x 56",
            Refused(() => LayoutMask.Of(new PixelRegion(0, 0, int.MaxValue, 0), layout)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "pasted at 72,0 lies outside",
            Refused(() => LayoutEditing.Paste(layout, layout, new PixelRegion(0, 0, 8, 8), (72, 0))),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "pasted at -2147483648,0 lies outside",
            Refused(() => LayoutEditing.Paste(layout, layout, new PixelRegion(0, 0, 8, 8), (int.MinValue, 0))),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no component 5: the layout has components 1 to 4",
            Refused(() => LayoutEditing.Keep(layout, [1, 5])),
            StringComparison.Ordinal
        );
        Assert.Contains("no component 0", Refused(() => LayoutEditing.Drop(layout, [0])), StringComparison.Ordinal);
        Assert.Contains("No component was named", Refused(() => LayoutEditing.Drop(layout, [])), StringComparison.Ordinal);
        Assert.Contains("must be a finite number", Refused(() => LayoutEditing.Scale(layout, [1], double.NaN)), StringComparison.Ordinal);
        Assert.Contains(
            "[7, 9], the layout's grid",
            Assert.Throws<ArgumentException>(() => LayoutEditing.Erase(layout, ones(9, 7))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "between 0 and 1",
            Assert.Throws<ArgumentException>(() => LayoutEditing.Erase(layout, ones(7, 9) * 1.5f)).Message,
            StringComparison.Ordinal
        );

        static string Refused(Func<object> edit) => Assert.Throws<LumenException>(edit).Message;
    }

    [Fact]
    public void Edits_leave_their_inputs_alone_and_are_stored_with_the_layout()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var layout = Layout(10);
        var before = layout.Map.clone();
        var edited = LayoutEditing.Scale(LayoutEditing.Rotate(LayoutEditing.Mirror(layout, MirrorAxis.Horizontal), 3), [1], 0.5);
        TensorAssert.Same(before, layout.Map);
        Assert.Empty(layout.Edits);
        edited.Save(folder.File("edited.safetensors"));
        using var back = NeuralLayout.Load(folder.File("edited.safetensors"));
        Assert.Equal(["mirror (left and right)", "rotate (seed 3)", "scale (components 1 by 0.5)"], back.Edits);
        Assert.Equal(back.Edits, back.First(2).Edits);
        TensorAssert.Same(edited.Map, back.Map);
    }

    [Fact]
    public void Edits_leave_no_tensors_behind()
    {
        using var layout = Layout(11);
        TensorLeak.Check(() =>
        {
            using var mask = LayoutMask.Of(new PixelRegion(8, 8, 30, 30), layout);
            LayoutEditing.Mix(layout, layout, mask).Dispose();
            LayoutEditing.Paste(layout, layout, new PixelRegion(8, 8, 16, 16), (0, 0)).Dispose();
            LayoutEditing.Rotate(layout, 1).Dispose();
            using var kept = LayoutEditing.Keep(layout, [1]);
            LayoutComparison.Draw([(layout, "before")], kept, mask);
        });
    }

    private static NeuralLayout Layout(ulong seed) =>
        new(new RandomStream(seed).Normal(4, 7, 9), new string('e', 64), Toy.Source, Width, Height);
}
