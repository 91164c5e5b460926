using Lumen.Core.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Tensors;

public class MemoryLayoutTests
{
    [Theory]
    [InlineData(1, 3, 4, 5)]
    [InlineData(2, 4, 1, 7)]
    [InlineData(3, 2, 6, 6)]
    public void Channels_last_changes_the_order_in_memory_and_nothing_else(long batch, long channels, long height, long width)
    {
        using var scope = NewDisposeScope();
        var x = randn(batch, channels, height, width);
        var last = MemoryLayout.ChannelsLast(x);
        Assert.Equal(x.shape, last.shape);
        Assert.True(x.equal(last).all().item<bool>());
        Assert.Equal([height * width * channels, 1, width * channels, channels], last.stride());
    }

    [Fact]
    public void A_convolution_keeps_the_channels_last_and_its_numbers()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (randn(2, 8, 9, 7), randn(16, 8, 3, 3));
        var first = nn.functional.conv2d(x, weight, padding: [1, 1]);
        var last = nn.functional.conv2d(MemoryLayout.ChannelsLast(x), weight, padding: [1, 1]);
        Assert.Equal(1, last.stride()[1]);
        Assert.True((first - last).abs().max().item<float>() < 1e-4);
    }
}
