using CsCheck;
using Lumen.Conditions;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Testing.Parity;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Conditions;

public sealed class ConditionTests
{
    private static readonly AnnotatedPicture Halves = new(
        new Picture(8, 4, [.. Enumerable.Range(0, 32).SelectMany(i => Enumerable.Repeat((byte)(i % 8 < 4 ? 20 : 220), 3))])
    )
    {
        Labels =
        [
            .. Enumerable
                .Range(0, 32)
                .Select(i =>
                    (byte)(
                        i == 0 ? 255
                        : i % 8 < 4 ? 0
                        : 2
                    )
                ),
        ],
        Depth =
        [
            .. Enumerable
                .Range(0, 32)
                .Select(i =>
                    i == 0 ? 0
                    : i % 8 < 4 ? 2f
                    : 10f
                ),
        ],
        Normals = [.. Enumerable.Range(0, 32).SelectMany(_ => new float[] { 0, 0.6f, 0.8f })],
    };

    [Fact]
    public void Canny_edges_are_those_of_opencv_to_the_last_pixel() => ParityAssert.Passes("metrics/canny");

    [Fact]
    public void A_label_map_is_one_where_the_class_is_and_zero_where_labels_are_to_be_ignored()
    {
        using var map = new LabelMapCondition(3).Map(Halves);
        Assert.Equal([3, 4, 8], map.shape);
        TensorAssert.Same(tensor(new float[] { 0, 1, 1, 1, 0, 0, 0, 0 }), map[0, 0]);
        TensorAssert.Same(zeros(4, 8), map[1]);
        TensorAssert.Same(tensor(new float[] { 0, 0, 0, 0, 1, 1, 1, 1 }), map[2, 0]);
    }

    [Fact]
    public void Every_pixel_of_a_label_map_has_one_class_or_none() =>
        Gen.Byte[0, 6]
            .Array[12]
            .Sample(
                labels =>
                {
                    using var scope = NewDisposeScope();
                    var map = new LabelMapCondition(6, ignore: 6).Map(
                        new AnnotatedPicture(Picture.Filled(4, 3, 0, 0, 0)) { Labels = labels }
                    );
                    Assert.Equal(labels.Select(label => label == 6 ? 0f : 1), map.sum(dim: 0).data<float>().ToArray());
                },
                iter: 30
            );

    [Fact]
    public void Near_is_one_far_is_zero_and_no_depth_is_far()
    {
        using var map = new DepthCondition().Map(Halves);
        Assert.Equal([3, 4, 8], map.shape);
        TensorAssert.Same(tensor(new float[] { 0, 1, 1, 1, 0, 0, 0, 0 }), map[0, 0]);
        TensorAssert.Same(map[0], map[2]);
    }

    [Fact]
    public void The_depth_condition_does_not_depend_on_the_unit()
    {
        var kilometres = Halves with { Depth = Array.ConvertAll(Halves.Depth!, depth => depth / 1000) };
        Assert.Equal(new DepthCondition().Read(Halves).Values, new DepthCondition().Read(kilometres).Values);
    }

    [Fact]
    public void Normals_are_colours_as_data_sets_store_them() =>
        Assert.Equal([128, 204, 230], new NormalCondition().Read(Halves).Values[..3]);

    [Fact]
    public void Edges_are_where_the_halves_meet_and_nowhere_in_a_flat_picture()
    {
        var soft = new SoftEdgeCondition().Read(Halves).Values;
        Assert.Equal(255, soft[3]);
        Assert.True(soft[0] < 30);
        Assert.Contains((byte)255, new CannyCondition().Read(Halves).Values[2..6]);
        var flat = new AnnotatedPicture(Picture.Filled(9, 9, 100, 50, 0));
        Assert.All(
            new SoftEdgeCondition().Read(flat).Values.Concat(new CannyCondition().Read(flat).Values),
            value => Assert.Equal(0, value)
        );
    }

    [Fact]
    public void A_condition_read_back_from_its_drawing_is_the_same()
    {
        using var folder = new TempFolder();
        foreach (
            var condition in new RasterCondition[]
            {
                new CannyCondition(),
                new SoftEdgeCondition(),
                new DepthCondition(),
                new NormalCondition(),
            }
        )
        {
            var raster = condition.Read(Halves);
            PngWriter.WriteRgb(folder.File("drawn.png"), condition.Draw(raster));
            Assert.Equal(raster.Values, condition.Load(folder.File("drawn.png")).Values);
            Assert.Equal(
                (16, 8),
                (condition.Load(folder.File("drawn.png"), (16, 8)).Width, condition.Load(folder.File("drawn.png"), (16, 8)).Height)
            );
        }
        PngWriter.WriteGray8(folder.File("labels.png"), 8, 4, Halves.Labels);
        Assert.Equal(Halves.Labels, new LabelMapCondition(3).Load(folder.File("labels.png")).Values);
        Assert.All(
            new LabelMapCondition(3).Load(folder.File("labels.png"), (11, 7)).Values,
            label => Assert.Contains(label, new byte[] { 0, 2, 255 })
        );
    }

    [Fact]
    public void Colours_of_a_drawn_label_map_are_those_of_pascal_voc()
    {
        var drawn = new LabelMapCondition(16).Draw(new ConditionRaster(4, 1, 1, [0, 1, 15, 255]));
        Assert.Equal(
            [(0, 0, 0), (128, 0, 0), (192, 128, 128), (255, 255, 255)],
            Enumerable.Range(0, 4).Select(x => drawn.At(x, 0)).Select(c => ((int)c.Red, (int)c.Green, (int)c.Blue))
        );
    }

    [Fact]
    public void What_a_picture_does_not_know_is_asked_for()
    {
        var bare = new AnnotatedPicture(Halves.Picture);
        Assert.Contains("`Labels`", Assert.Throws<LumenException>(() => new LabelMapCondition(3).Read(bare)).Message);
        Assert.Contains("`Estimator`", Assert.Throws<LumenException>(() => new DepthCondition().Read(bare)).Message);
        Assert.Contains("`Normals`", Assert.Throws<LumenException>(() => new NormalCondition().Read(bare)).Message);
        Assert.Contains(
            "the label 2, but the classes are 0...1",
            Assert.Throws<LumenException>(() => new LabelMapCondition(2).Read(Halves)).Message
        );
        Assert.Contains("1 to 255 classes", Assert.Throws<LumenException>(() => new LabelMapCondition(0)).Message);
        Assert.Contains("one of the classes", Assert.Throws<LumenException>(() => new LabelMapCondition(3, ignore: 2)).Message);
        Assert.Contains("the low one first", Assert.Throws<LumenException>(() => new CannyCondition(200, 100)).Message);
        Assert.Contains("8 x 4 = 32", Assert.Throws<LumenException>(() => bare with { Depth = [1, 2] }).Message);
    }
}
