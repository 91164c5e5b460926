using CsCheck;
using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training.Perception;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Perception;

public sealed class PerceptionAugmentationTests
{
    [Fact]
    public void The_mirrored_batch_is_the_batch_of_the_mirrored_pictures() =>
        Gen.Int[0, 500]
            .Sample(
                index =>
                {
                    using var scope = NewDisposeScope();
                    var scene = TinyPerception.Scene(index);
                    var mirrored = PerceptionAugmentation.Mirrored(PerceptionData.FromPictures([scene], PerceptionClasses.Street).Batch(0));
                    var expected = PerceptionData.FromPictures([TinyPerception.Mirror(scene)], PerceptionClasses.Street).Batch(0);
                    TensorAssert.Same(expected.Images, mirrored.Images, "images");
                    TensorAssert.Same(expected.Labels, mirrored.Labels, "labels");
                    TensorAssert.Same(expected.Depth, mirrored.Depth, "depth");
                    TensorAssert.Close(expected.Normals, mirrored.Normals, 1e-6, 0, "normals");
                    TensorAssert.Close(expected.Centres, mirrored.Centres, 1e-5, 0, "centres");
                    TensorAssert.Same(expected.CentresKnown, mirrored.CentresKnown, "where centres are known");
                    TensorAssert.Close(expected.Offsets, mirrored.Offsets, 1e-4, 0, "offsets");
                    TensorAssert.Same(expected.OffsetsKnown, mirrored.OffsetsKnown, "where offsets are known");
                    TensorAssert.Close(expected.Heading, mirrored.Heading, 1e-3, 0, "headings");
                },
                iter: 12
            );

    [Fact]
    public void Colours_change_and_labels_do_not()
    {
        using var scope = NewDisposeScope();
        var batch = TinyPerception.Scenes(3).Batch(0, 1, 2);
        var changed = (PerceptionAugmentation.Classical with { Flip = 0, Photometric = 1 }).Apply(batch, new RandomStream(3));
        TensorAssert.Same(batch.Labels, changed.Labels);
        TensorAssert.Same(batch.Normals, changed.Normals);
        for (var i = 0; i < 3; i++)
            Assert.True((changed.Images[i] - batch.Images[i]).abs().mean().item<float>() > 0.02);
        Assert.InRange(changed.Images.max().item<float>(), -1, 1);
        Assert.InRange(changed.Images.min().item<float>(), -1, 1);
    }

    [Fact]
    public void A_share_of_the_pictures_is_mirrored_as_a_whole()
    {
        using var scope = NewDisposeScope();
        var batch = TinyPerception.Scenes(1).Batch([.. Enumerable.Repeat(0, 64)]);
        var changed = PerceptionAugmentation.FlipOnly.Apply(batch, new RandomStream(5));
        var mirrored = PerceptionAugmentation.Mirrored(batch);
        var flips = 0;
        for (var i = 0; i < 64; i++)
        {
            var flipped = changed.Images[i].equal(mirrored.Images[i]).all().item<bool>();
            flips += flipped ? 1 : 0;
            var expected = flipped ? mirrored : batch;
            TensorAssert.Same(expected.Images[i], changed.Images[i]);
            TensorAssert.Same(expected.Labels[i], changed.Labels[i]);
            TensorAssert.Same(expected.Normals[i], changed.Normals[i]);
        }
        Assert.InRange(flips, 20, 44);
    }

    [Fact]
    public void The_same_stream_changes_the_same_way_and_none_changes_nothing()
    {
        using var scope = NewDisposeScope();
        var batch = TinyPerception.Scenes(2).Batch(0, 1);
        TensorAssert.Same(
            PerceptionAugmentation.Classical.Apply(batch, new RandomStream(1)).Images,
            PerceptionAugmentation.Classical.Apply(batch, new RandomStream(1)).Images
        );
        Assert.NotEqual(
            0,
            (
                PerceptionAugmentation.Classical.Apply(batch, new RandomStream(1)).Images
                - PerceptionAugmentation.Classical.Apply(batch, new RandomStream(2)).Images
            )
                .abs()
                .sum()
                .item<float>()
        );
        TensorAssert.Same(batch.Images, PerceptionAugmentation.None.Apply(batch, new RandomStream(1)).Images);
        TensorLeak.Check(() =>
        {
            using var inner = NewDisposeScope();
            PerceptionAugmentation.Classical.Apply(batch, new RandomStream(1));
        });
    }

    [Fact]
    public void Grey_stays_grey_whatever_happens_to_hue_and_saturation()
    {
        using var scope = NewDisposeScope();
        var batch = TinyPerception.Scenes(1).Batch(0) with
        {
            Images = new RandomStream(2).Uniform(1, 1, 32, 32).expand(1, 3, 32, 32) * 2 - 1,
        };
        var changed = new PerceptionAugmentation
        {
            Flip = 0,
            Photometric = 1,
            Hue = 0.5,
            Saturation = 1,
        }.Apply(batch, new RandomStream(7));
        TensorAssert.Close(batch.Images, changed.Images, 1e-4, 0);
    }

    [Fact]
    public void Blur_spreads_a_point_evenly_and_keeps_its_light()
    {
        using var scope = NewDisposeScope();
        var images = zeros(1, 3, 32, 32) - 1;
        images[0, 0, 16, 16] = 1;
        var batch = TinyPerception.Scenes(1).Batch(0) with { Images = images };
        var blur = new PerceptionAugmentation
        {
            Flip = 0,
            Photometric = 1,
            Blur = 3,
        };
        var blurred = Enumerable
            .Range(0, 20)
            .Select(seed => ((blur.Apply(batch, new RandomStream((ulong)seed)).Images + 1) / 2)[0, 0])
            .First(light => light[16, 16].item<float>() < 0.5);
        Assert.Equal(1, blurred.sum().item<float>(), 1e-3);
        TensorAssert.Close(blurred, blurred.t(), 1e-6, 0);
        Assert.Equal(blurred[15, 16].item<float>(), blurred[17, 16].item<float>(), 1e-6);
    }

    [Fact]
    public void Settings_out_of_range_are_named_together()
    {
        var fault = Assert.Throws<LumenException>(() => new PerceptionAugmentation { Flip = 2, Blur = -1 }.Validate());
        Assert.Contains("flip must be 0 to 1 but is 2", fault.Message, StringComparison.Ordinal);
        Assert.Contains("blur must be 0 to 8 but is -1", fault.Message, StringComparison.Ordinal);
    }
}
