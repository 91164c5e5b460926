using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Imaging;

public sealed class PictureTensorTests
{
    [Fact]
    public void Every_level_survives_the_way_to_a_tensor_and_back()
    {
        using var scope = Scope();
        var picture = new Picture(16, 16, [.. Enumerable.Range(0, 768).Select(at => (byte)(at * 7))]);
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64])
            Assert.Equal(picture.Rgb, PictureTensor.ToPicture(PictureTensor.ToTensor(picture).to(type)).Rgb);
    }

    [Fact]
    public void Black_is_minus_one_white_is_one_and_channels_are_planes()
    {
        using var scope = Scope();
        var tensor = PictureTensor.ToTensor(new Picture(2, 1, [0, 128, 255, 255, 0, 51])); // [1, 3, 1, 2]
        Assert.Equal([1, 3, 1, 2], tensor.shape);
        Assert.Equal(ScalarType.Float32, tensor.dtype);
        float[] expected = [-1, 1, 128 / 127.5f - 1, -1, 1, -0.6f];
        Assert.Equal(expected, tensor.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void A_batch_keeps_its_order()
    {
        using var scope = Scope();
        Picture[] pictures = [Fixtures.Noise(5, 3, 1), Fixtures.Noise(5, 3, 2), Fixtures.Noise(5, 3, 3)];
        var back = PictureTensor.ToPictures(PictureTensor.ToTensor(pictures));
        Assert.Equal(pictures.Select(picture => picture.Rgb), back.Select(picture => picture.Rgb));
    }

    [Fact]
    public void Pictures_of_different_sizes_are_no_batch()
    {
        Assert.Throws<ArgumentException>(() => PictureTensor.ToTensor([Fixtures.Noise(5, 3), Fixtures.Noise(3, 5)]));
        Assert.Throws<ArgumentException>(() => PictureTensor.ToTensor([]));
    }

    [Fact]
    public void Values_beyond_the_range_are_clamped_and_halves_go_to_even()
    {
        using var scope = Scope();
        // 0 is level 127.5; 0.6 is exactly 204 only in decimals; 0.2 is 153.
        var values = tensor(new[] { -3f, 7f, 0f, -1.0001f, 0.6f, 0.2f }).reshape(3, 1, 2); // planes: red, green, blue
        Assert.Equal([0, 128, 204, 255, 0, 153], PictureTensor.ToPicture(values).Rgb);
    }

    [Fact]
    public void Views_of_any_layout_and_type_are_read_in_the_right_order()
    {
        using var scope = Scope();
        var tensor = PictureTensor.ToTensor(Fixtures.Noise(6, 4));
        var turned = tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2); // channels last
        Assert.Equal(Fixtures.Noise(6, 4).Rgb, PictureTensor.ToPicture(turned).Rgb);
        var coarse = PictureTensor.ToPicture(tensor.to(ScalarType.BFloat16)).Rgb;
        Assert.All(coarse.Zip(Fixtures.Noise(6, 4).Rgb), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Numbers_that_are_none_are_refused_instead_of_painted_black(float value)
    {
        using var scope = Scope();
        var tensor = PictureTensor.ToTensor(Fixtures.Noise(4, 4));
        tensor[0, 2, 3, 3] = value;
        Assert.Contains(
            "NaN or infinite",
            Assert.Throws<LumenException>(() => PictureTensor.ToPicture(tensor)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Other_shapes_are_refused()
    {
        using var scope = Scope();
        Assert.Throws<ArgumentException>(() => PictureTensor.ToPicture(Normal(2, 3, 4, 4)));
        Assert.Throws<ArgumentException>(() => PictureTensor.ToPicture(Normal(1, 4, 4)));
        Assert.Throws<ArgumentException>(() => PictureTensor.ToPictures(Normal(3, 4, 4)));
    }

    [Fact]
    public void Nothing_is_left_alive_and_the_input_is_not_disposed()
    {
        using var scope = Scope();
        var given = Normal(1, 3, 8, 8);
        TensorLeak.Check(() => PictureTensor.ToPicture(given));
        TensorLeak.Check(() => PictureTensor.ToTensor(Fixtures.Noise(4, 4)).Dispose());
        Assert.False(given.IsInvalid);
    }

    private static Tensor Normal(params long[] shape) => new RandomStream(0).Normal(shape);

    private static IDisposable Scope()
    {
        // The first touch of our library loads libtorch.
        System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(typeof(Picture).Module.ModuleHandle);
        return NewDisposeScope();
    }
}
