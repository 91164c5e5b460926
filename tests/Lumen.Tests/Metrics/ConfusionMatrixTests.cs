using CsCheck;
using Lumen.Metrics;
using Xunit;

namespace Lumen.Tests.Metrics;

public sealed class ConfusionMatrixTests
{
    private static readonly Gen<byte[]> Labels = Gen.Byte[0, 3].Array[60];

    [Fact]
    public void A_map_against_itself_is_perfect() =>
        Labels.Sample(
            labels =>
            {
                var matrix = new ConfusionMatrix(4);
                matrix.Add(labels, labels);
                Assert.Equal(1, matrix.PixelAccuracy);
                Assert.Equal(1, matrix.MeanIoU);
            },
            iter: 50
        );

    [Fact]
    public void Maps_counted_one_by_one_and_matrices_summed_are_the_same() =>
        Gen.Select(Labels, Labels, Labels, Labels)
            .Sample(
                (a, b, c, d) =>
                {
                    var (streamed, first, second) = (new ConfusionMatrix(4), new ConfusionMatrix(4), new ConfusionMatrix(4));
                    streamed.Add(a, b);
                    streamed.Add(c, d);
                    first.Add(a, b);
                    second.Add(c, d);
                    var summed = ConfusionMatrix.Sum([first, second]);
                    Assert.Equal(streamed.IoU, summed.IoU);
                    Assert.Equal(120, summed.Count);
                },
                iter: 50
            );

    [Fact]
    public void Ignored_pixels_change_nothing()
    {
        var (with, without) = (new ConfusionMatrix(2), new ConfusionMatrix(2));
        with.Add([0, 1, 255, 1], [0, 0, 1, 1]);
        without.Add([0, 1, 1], [0, 0, 1]);
        Assert.Equal(without.IoU, with.IoU);
        Assert.Equal(3, with.Count);
    }

    [Fact]
    public void A_class_that_is_nowhere_has_no_iou_and_one_only_predicted_has_zero()
    {
        var matrix = new ConfusionMatrix(3);
        matrix.Add([0, 0], [0, 2]);
        Assert.Equal([0.5, null, 0.0], matrix.IoU);
        Assert.Equal(0.25, matrix.MeanIoU);
    }

    [Fact]
    public void A_label_that_is_no_class_is_named_and_nothing_is_counted()
    {
        var matrix = new ConfusionMatrix(3);
        Assert.Contains("true label at pixel 1 is 7", Assert.Throws<LumenException>(() => matrix.Add([0, 7], [0, 0])).Message);
        Assert.Contains("predicted label at pixel 0 is 3", Assert.Throws<LumenException>(() => matrix.Add([0, 1], [3, 0])).Message);
        Assert.Equal(0, matrix.Count);
        Assert.Throws<ArgumentException>(() => matrix.Add([0], [0, 0]));
    }
}
