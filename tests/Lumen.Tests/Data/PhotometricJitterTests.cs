using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Training.Data;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Data;

public sealed class PhotometricJitterTests
{
    private static readonly PhotometricJitter Jitter = new();

    [Fact]
    public void Pictures_stay_in_range_and_change()
    {
        using var scope = NewDisposeScope();
        var images = Images(6);
        var jittered = Jitter.Apply(images, new RandomStream(1));
        Assert.Equal(images.shape, jittered.shape);
        Assert.InRange(jittered.min().item<float>(), -1, 1);
        Assert.InRange(jittered.max().item<float>(), -1, 1);
        var changes = (jittered - images).abs().mean([1, 2, 3]).data<float>().ToArray();
        Assert.All(changes, change => Assert.True(change > 0.01));
        Assert.Equal(6, changes.Distinct().Count());
    }

    [Fact]
    public void A_picture_is_jittered_the_same_in_every_run()
    {
        using var scope = NewDisposeScope();
        TensorAssert.Same(Jitter.Apply(Images(3), new RandomStream(1)), Jitter.Apply(Images(3), new RandomStream(1)));
        TensorAssert.Same(
            Jitter.Apply(Images(3), new RandomStream(1)).narrow(0, 0, 1).contiguous(),
            Jitter.Apply(Images(3).narrow(0, 0, 1), new RandomStream(1))
        );
    }

    [Fact]
    public void Without_strength_nothing_changes()
    {
        using var scope = NewDisposeScope();
        var still = new PhotometricJitter
        {
            Gain = 0,
            Gamma = 0,
            Brightness = 0,
            Haze = 0,
            Noise = 0,
        };
        TensorAssert.Close(Images(2), still.Apply(Images(2), new RandomStream(1)), 1e-5, 0);
    }

    [Fact]
    public void Brighter_stays_brighter_in_every_channel_without_noise()
    {
        using var scope = NewDisposeScope();
        var ramp = linspace(-0.9, 0.9, 32).expand(20, 3, 4, 32);
        var jittered = (Jitter with { Noise = 0 }).Apply(ramp, new RandomStream(4));
        Assert.True((jittered.narrow(3, 1, 31) - jittered.narrow(3, 0, 31)).ge(0).all().item<bool>());
    }

    private static Tensor Images(int count) => new RandomStream(8).Uniform(count, 3, 8, 8) * 1.6 - 0.8;
}
