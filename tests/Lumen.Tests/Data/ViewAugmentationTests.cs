using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training.Data;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Data;

/// <summary>The views of self-distillation: crops and colours.</summary>
public sealed class ViewAugmentationTests : IDisposable
{
    private static readonly ColourAugmentation Still = new()
    {
        Jitter = 0,
        Grey = 0,
        Blur = 0,
        Solarise = 0,
    };
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_crop_of_everything_is_the_picture_or_its_mirror_image()
    {
        var images = Images(2);
        TensorAssert.Close(
            images,
            new RandomCrops
            {
                Size = 12,
                Least = 1,
                Most = 1,
                Mirror = 0,
            }.Apply(images, new RandomStream(3)),
            1e-5,
            0
        );
        TensorAssert.Close(
            images.flip(3),
            new RandomCrops
            {
                Size = 12,
                Least = 1,
                Most = 1,
                Mirror = 1,
            }.Apply(images, new RandomStream(3)),
            1e-5,
            0
        );
    }

    [Fact]
    public void A_crop_shows_a_part_of_the_picture_as_large_as_asked_for()
    {
        // Values are the column and row, so that a crop tells where it was taken.
        var place = stack([linspace(0, 1, 64).expand(64, 64), linspace(0, 1, 64).unsqueeze(1).expand(64, 64), zeros(64, 64)])
            .unsqueeze(0)
            .expand(40, -1, -1, -1)
            .contiguous();
        var crops = new RandomCrops
        {
            Size = 16,
            Least = 0.25,
            Most = 0.25,
        }.Apply(place, new RandomStream(1));
        Assert.Equal([40L, 3, 16, 16], crops.shape);
        var wide = (crops.select(1, 0).amax([1, 2]) - crops.select(1, 0).amin([1, 2])).data<float>().ToArray();
        var high = (crops.select(1, 1).amax([1, 2]) - crops.select(1, 1).amin([1, 2])).data<float>().ToArray();
        Assert.All(Enumerable.Range(0, 40), i => Assert.InRange(wide[i] * high[i], 0.19, 0.25)); // less half a pixel at each side
        Assert.InRange(wide.Max() / high[Array.IndexOf(wide, wide.Max())], 1.2, 1.4);
        var mirrored = (crops.select(1, 0).select(2, 0) - crops.select(1, 0).select(2, 15)).mean([1]).gt(0).sum().item<long>();
        Assert.InRange(mirrored, 10, 30);
    }

    [Fact]
    public void A_smaller_crop_does_not_alias()
    {
        var stripes = (arange(64).remainder(2) * 2 - 1).to_type(ScalarType.Float32).expand(1, 3, 64, 64).contiguous();
        var small = new RandomCrops
        {
            Size = 16,
            Least = 1,
            Most = 1,
        }.Apply(stripes, new RandomStream(1));
        Assert.True(small.narrow(3, 1, 14).abs().max().item<float>() < 0.05);
    }

    [Fact]
    public void Areas_out_of_range_are_refused()
    {
        var fault = Assert.Throws<LumenException>(() =>
            new RandomCrops
            {
                Size = 8,
                Least = 0.5,
                Most = 0.2,
            }.Apply(Images(1), new RandomStream(1))
        );
        Assert.Contains("must be a range within 0...1 but is 0.5 to 0.2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_stay_in_range_and_change_the_same_way_in_every_run_and_batch()
    {
        var colours = new ColourAugmentation { Photometric = 0.5 };
        var changed = colours.Apply(Images(12), new RandomStream(2));
        Assert.InRange(changed.min().item<float>(), -1, 1);
        Assert.InRange(changed.max().item<float>(), -1, 1);
        TensorAssert.Same(changed, colours.Apply(Images(12), new RandomStream(2)));
        TensorAssert.Close(changed.narrow(0, 0, 1), colours.Apply(Images(12).narrow(0, 0, 1), new RandomStream(2)), 1e-5, 0);
        Assert.Equal(12, (changed - Images(12)).abs().mean([1, 2, 3]).data<float>().ToArray().Distinct().Count());
    }

    [Fact]
    public void Without_chances_nothing_changes() => TensorAssert.Close(Images(3), Still.Apply(Images(3), new RandomStream(1)), 1e-5, 0);

    [Fact]
    public void Grey_pictures_have_one_value_in_all_channels_and_keep_their_luma()
    {
        var images = Images(3);
        var grey = (Still with { Grey = 1 }).Apply(images, new RandomStream(1));
        TensorAssert.Close(grey.narrow(1, 0, 1), grey.narrow(1, 2, 1), 1e-5, 0);
        TensorAssert.Close(Luma(images), Luma(grey), 1e-4, 0);
    }

    [Fact]
    public void Blur_smooths_and_solarisation_turns_bright_values_dark()
    {
        var images = Images(4);
        var blurred = (Still with { Blur = 1 }).Apply(images, new RandomStream(1));
        Assert.True(blurred.std().item<float>() < images.std().item<float>());
        TensorAssert.Close(full_like(images, 0.3), (Still with { Blur = 1 }).Apply(full_like(images, 0.3), new RandomStream(1)), 1e-5, 0);
        TensorAssert.Close(where(images.ge(0), -images, images), (Still with { Solarise = 1 }).Apply(images, new RandomStream(1)), 1e-5, 0);
    }

    [Fact]
    public void A_turned_hue_keeps_the_luma()
    {
        var images = Images(4) * 0.3;
        var turned = (Still with { Jitter = 1, Brightness = 0, Contrast = 0, Saturation = 0, Hue = 0.5 }).Apply(
            images,
            new RandomStream(9)
        );
        TensorAssert.Close(Luma(images), Luma(turned), 1e-4, 0);
        Assert.True((turned - images).abs().max().item<float>() > 0.05);
    }

    private static Tensor Luma(Tensor images) => (images * tensor(new[] { 0.299f, 0.587f, 0.114f }).view(1, 3, 1, 1)).sum(1);

    private static Tensor Images(int count) => new RandomStream(8).Uniform(count, 3, 12, 12) * 1.6 - 0.8;
}
