using Lumen.Core.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Native;

public sealed class ReproducibleProductsTests
{
    [Theory]
    [InlineData(64, 77, 40)]
    [InlineData(256, 32, 128)]
    [InlineData(1024, 64, 16)]
    [InlineData(33, 129, 65)]
    public void The_bits_of_a_product_do_not_depend_on_where_its_operands_lie(int rows, int inner, int columns)
    {
        using var scope = NewDisposeScope();
        var (left, right) = (new RandomStream(5).Normal(rows, inner), new RandomStream(6).Normal(inner, columns));
        var expected = left.mm(right).data<float>().ToArray();
        for (var offset = 1; offset < 16; offset++)
        {
            var product = Shifted(left, offset).mm(Shifted(right, 16 - offset));
            Assert.Equal(expected, product.data<float>().ToArray());
        }
    }

    // The same values, so many floats behind an aligned address.
    private static Tensor Shifted(Tensor values, int offset)
    {
        var space = zeros(values.numel() + 16);
        var view = space.narrow(0, offset, values.numel()).view(values.shape);
        view.copy_(values);
        return view;
    }
}
