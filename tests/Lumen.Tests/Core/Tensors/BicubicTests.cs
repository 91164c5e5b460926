using Lumen.Core.Tensors;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Tensors;

public sealed class BicubicTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_size_changes_nothing_and_a_constant_stays_constant(bool antialias)
    {
        using var scope = NewDisposeScope();
        var maps = new RandomStream(1).Normal(2, 3, 5, 7);
        TensorAssert.Close(maps, Bicubic.Resize(maps, 5, 7, antialias), 1e-6, 0);
        TensorAssert.Close(ones(1, 1, 9, 3), Bicubic.Resize(ones(1, 1, 4, 11), 9, 3, antialias), 1e-6, 0);
    }

    [Fact]
    public void The_plain_kernel_is_libtorchs()
    {
        using var scope = NewDisposeScope();
        var maps = new RandomStream(2).Normal(1, 2, 6, 9);
        TensorAssert.Close(
            nn.functional.interpolate(maps, [11, 4], mode: InterpolationMode.Bicubic, align_corners: false),
            Bicubic.Resize(maps, 11, 4),
            1e-5,
            1e-5
        );
    }

    [Fact]
    public void The_antialiased_kernel_averages_where_the_plain_one_picks()
    {
        using var scope = NewDisposeScope();
        var checks = arange(64).remainder(2).to_type(ScalarType.Float32).view(1, 1, 1, 64).expand(1, 1, 8, 64);
        TensorAssert.Close(full([1, 1, 1, 6], 0.5f), Bicubic.Resize(checks, 1, 8, antialias: true).narrow(3, 1, 6), 0.02, 0);
    }

    // The antialiased kernel reproduces straight lines, the plain one does not.
    [Fact]
    public void A_given_scale_moves_the_samples()
    {
        using var scope = NewDisposeScope();
        var ramp = arange(8).to_type(ScalarType.Float32).view(1, 1, 1, 8);
        var places = Bicubic.Resize(ramp, 1, 8, antialias: true, scale: (1, 8.1 / 8)).flatten();
        Assert.Equal((3 + 0.5) * 8 / 8.1 - 0.5, places[3].item<float>(), 4);
    }
}
