using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Metrics;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Metrics;

public sealed class FeatureDistanceTests
{
    private readonly RandomStream _random = new(5);

    [Fact]
    public void A_set_is_at_distance_zero_from_itself_even_with_fewer_rows_than_channels()
    {
        using var scope = NewDisposeScope();
        var rows = _random.Normal(6, 20);
        Assert.Equal(0, FrechetDistance.Between(rows, rows), 1e-6);
        Assert.True(KernelDistance.Between(rows, rows) < 0); // unbiased: equal rows on both sides make it negative
    }

    [Fact]
    public void A_shift_costs_its_squared_length()
    {
        using var scope = NewDisposeScope();
        var rows = _random.Normal(50, 4);
        Assert.Equal(4 * 9, FrechetDistance.Between(rows, rows + 3), 1e-3);
    }

    [Fact]
    public void Farther_sets_are_farther_by_both_distances()
    {
        using var scope = NewDisposeScope();
        var (rows, near, far) = (_random.Normal(80, 6), _random.For(1).Normal(80, 6) + 0.2, _random.For(2).Normal(80, 6) + 1);
        Assert.True(FrechetDistance.Between(rows, near) < FrechetDistance.Between(rows, far));
        Assert.True(KernelDistance.Between(rows, near) < KernelDistance.Between(rows, far));
    }

    [Fact]
    public void Rows_seen_batch_by_batch_give_the_same_distance()
    {
        using var scope = NewDisposeScope();
        var (one, other) = (_random.Normal(40, 5).to(ScalarType.Float64), (_random.For(1).Normal(30, 5) * 2).to(ScalarType.Float64));
        using var streamed = new StreamingMoments(5);
        using var whole = new StreamingMoments(5);
        foreach (var batch in one.split(7))
            streamed.Add(batch);
        whole.Add(other);
        Assert.Equal(FrechetDistance.Between(one, other), FrechetDistance.Between(streamed, whole), 1e-9);
    }

    [Fact]
    public void Subsets_are_drawn_again_by_the_same_stream()
    {
        using var scope = NewDisposeScope();
        var (one, other) = (_random.Normal(40, 5), _random.For(1).Normal(30, 5));
        var first = KernelDistance.OverSubsets(one, other, 4, 12, new RandomStream(3));
        Assert.Equal(first, KernelDistance.OverSubsets(one, other, 4, 12, new RandomStream(3)));
        Assert.NotEqual(first, KernelDistance.OverSubsets(one, other, 4, 12, new RandomStream(4)));
        Assert.Equal(4, first.Distinct().Count());
    }

    [Fact]
    public void Sets_that_are_too_small_or_not_finite_are_refused()
    {
        using var scope = NewDisposeScope();
        var rows = _random.Normal(5, 3);
        Assert.Contains("at least 2 pictures", Assert.Throws<LumenException>(() => FrechetDistance.Between(rows[..1], rows)).Message);
        Assert.Contains("at least 2 pictures", Assert.Throws<LumenException>(() => KernelDistance.Between(rows, rows[..1])).Message);
        Assert.Contains("2 to 5 rows", Assert.Throws<LumenException>(() => KernelDistance.OverSubsets(rows, rows, 1, 6, _random)).Message);
        Assert.Contains("not finite", Assert.Throws<LumenException>(() => FrechetDistance.Between(rows / 0f * 0, rows)).Message);
        Assert.Throws<ArgumentException>(() => KernelDistance.Between(rows, _random.Normal(5, 4)));
        Assert.Throws<ArgumentException>(() => FrechetDistance.Between(rows, _random.Normal(5, 4)));
    }

    [Fact]
    public void Copies_have_no_diversity_and_noise_has_some()
    {
        using var scope = NewDisposeScope();
        var one = _random.Normal(1, 4, 3, 3);
        var noise = _random.For(1).Normal(3, 4, 3, 3);
        Assert.Equal(0, Diversity.OfMaps([one.expand(3, 4, 3, 3)]), 1e-12);
        Assert.Equal(0, Diversity.OfVectors(one.flatten(1).expand(3, 36)), 1e-12);
        Assert.True(Diversity.OfMaps([noise]) > 0.5);
        Assert.True(Diversity.OfVectors(noise.flatten(1)) > 0.5);
        using var pair = PerceptualDistance.Layer(noise[..2], noise[1..]);
        using var last = PerceptualDistance.Layer(noise[..1], noise[2..]);
        Assert.Equal((pair.sum().item<double>() + last.item<double>()) / 3, Diversity.OfMaps([noise]), 1e-12); // every pair once
        Assert.Contains("at least 2 variants", Assert.Throws<LumenException>(() => Diversity.OfMaps([one])).Message);
    }
}
