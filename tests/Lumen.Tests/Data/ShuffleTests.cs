using Lumen.Training.Data;
using Xunit;

namespace Lumen.Tests.Data;

public sealed class ShuffleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(1000)]
    public void Every_element_comes_once(int count)
    {
        foreach (var key in (ulong[])[0, 1, 0xDEADBEEF, ulong.MaxValue])
            Assert.Equal(
                Enumerable.Range(0, count),
                Enumerable.Range(0, count).Select(position => Shuffle.At(key, position, count)).Order()
            );
    }

    [Fact]
    public void Keys_give_different_orders_that_are_not_the_identity()
    {
        var orders = Enumerable
            .Range(0, 20)
            .Select(key => string.Join(",", Enumerable.Range(0, 50).Select(position => Shuffle.At((ulong)key * 77, position, 50))))
            .ToArray();
        Assert.Equal(20, orders.Distinct().Count());
        Assert.DoesNotContain(string.Join(",", Enumerable.Range(0, 50)), orders);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void A_position_outside_is_refused(int position) => Assert.Throws<ArgumentOutOfRangeException>(() => Shuffle.At(1, position, 5));
}
