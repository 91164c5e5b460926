using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class StreamingMomentsTests
{
    [Fact]
    public void Batches_in_any_order_and_merged_parts_give_the_moments_of_all_rows()
    {
        using var scope = NewDisposeScope();
        var rows = (new RandomStream(1).Normal(500, 8) * 3 + 1000).to(ScalarType.Float64);
        using var whole = Moments(rows);
        using var forward = Moments([.. rows.split(61)]);
        using var backward = Moments([.. rows.split(61).Reverse()]);
        using var merged = Moments(rows.narrow(0, 0, 123));
        using var rest = Moments(rows.narrow(0, 123, 377));
        merged.Merge(rest);
        using var empty = new StreamingMoments(8);
        merged.Merge(empty);
        var wide = rows.to(ScalarType.Float64);
        var centred = wide - wide.mean([0]);
        foreach (var moments in new[] { whole, forward, backward, merged })
        {
            Assert.Equal(500, moments.Count);
            TensorAssert.Close(wide.mean([0]), moments.Mean(), 1e-10, 0);
            TensorAssert.Close(centred.t().mm(centred), moments.Scatter(), 1e-10, 1e-10);
        }
    }

    [Theory]
    [InlineData(8, 2500)]
    [InlineData(300, 700)] // more channels than a block has
    public void Rows_in_float32_give_their_moments_to_seven_digits(int channels, int count)
    {
        using var scope = NewDisposeScope();
        var rows = new RandomStream(1).Normal(count, channels) * 3 + 1000;
        using var got = Moments([.. rows.split(1111)]);
        using var want = Moments(rows.to(ScalarType.Float64));
        TensorAssert.Close(want.Mean(), got.Mean(), 1e-6, 0);
        TensorAssert.Close(want.Scatter(), got.Scatter(), 1e-6, 1e-6);
        TensorAssert.Same(got.Scatter(), got.Scatter().t().contiguous());
    }

    [Fact]
    public void A_large_offset_costs_no_digits_of_the_variance()
    {
        using var scope = NewDisposeScope();
        var rows = new RandomStream(2).Normal(400, 3).to(ScalarType.Float64);
        using var near = Moments([.. rows.split(50)]);
        using var far = Moments([.. (rows + 1e6).split(50)]);
        TensorAssert.Close(near.Scatter(), far.Scatter(), 1e-9, 1e-7);
    }

    [Fact]
    public void Values_that_are_not_finite_are_refused_and_not_taken_in()
    {
        using var scope = NewDisposeScope();
        using var moments = Moments(ones(4, 3));
        var bad = ones(2, 3);
        bad[1, 2] = float.NaN;
        Assert.Contains("not finite", Assert.Throws<LumenException>(() => moments.Add(bad)).Message);
        Assert.Equal(4, moments.Count);
        Assert.Throws<ArgumentException>(() => moments.Add(ones(2, 4)));
    }

    [Fact]
    public void Memory_does_not_grow_with_the_rows()
    {
        using var rows = ones(64, 16);
        using var moments = new StreamingMoments(16);
        TensorLeak.Check(() => moments.Add(rows), times: 50);
        TensorLeak.Check(() =>
        {
            using var fitted = PrincipalComponents.Fit(moments);
            using var first = fitted.First(3);
        });
    }

    private static StreamingMoments Moments(params Tensor[] batches)
    {
        var moments = new StreamingMoments((int)batches[0].shape[1]);
        foreach (var batch in batches)
            moments.Add(batch);
        return moments;
    }
}
