using Lumen.Metrics;
using Xunit;

namespace Lumen.Tests.Metrics;

public sealed class PanopticQualityTests
{
    private static readonly Dictionary<int, int> Classes = new()
    {
        [1] = 0,
        [2] = 0,
        [3] = 1,
    };

    [Fact]
    public void A_map_against_itself_is_perfect()
    {
        var quality = Of([1, 1, 2, 2, 3, 0], [1, 1, 2, 2, 3, 0]);
        Assert.Equal((1, 1, 1), (quality.Pq, quality.Sq, quality.Rq));
        Assert.Equal(1, quality.Recall(0, 1));
    }

    [Fact]
    public void Names_of_segments_do_not_matter() => Assert.Equal(1, Of([1, 1, 2, 2], [2, 2, 1, 1]).Pq);

    [Fact]
    public void Two_cars_seen_as_one_are_at_most_one_found()
    {
        var quality = Of([1, 1, 1, 2, 2, 2], [1, 1, 1, 1, 1, 1]);
        Assert.Equal(new PanopticFigures(0, 1, 2, 0), quality.PerClass[0]); // exactly half is not enough
        Assert.Equal(0.5, Of([1, 1, 1, 1, 2, 2], [1, 1, 1, 1, 1, 1]).Recall(0));
    }

    [Fact]
    public void The_right_shape_with_the_wrong_class_is_not_found()
    {
        var quality = Of([1, 1], [3, 3]);
        Assert.Equal(0, quality.Recall(0));
        Assert.Equal(1, quality.PerClass[1].Unwanted);
    }

    [Fact]
    public void A_segment_on_void_is_no_mistake() => Assert.Equal(0, Of([1, 1, 0, 0, 0], [1, 1, 2, 2, 2]).PerClass[0].Unwanted);

    [Fact]
    public void Counts_of_two_runs_merge()
    {
        var (both, other) = (Of([1, 1, 2], [1, 1, 3]), Of([3, 3], [3, 0]));
        both.Merge(other);
        Assert.Equal(0.5, both.Recall(0));
        Assert.Equal(0, both.PerClass[1].Matched); // one of two pixels is exactly half
    }

    [Fact]
    public void Segments_without_a_class_are_named()
    {
        Assert.Contains(
            "Segment 9 has 2 pixels but no class",
            Assert.Throws<LumenException>(() => new SegmentMap(new ushort[] { 9, 9 }, Classes)).Message
        );
        Assert.Contains("the class 1", Assert.Throws<LumenException>(() => new PanopticQuality(1).Add(Map([3]), Map([3]))).Message);
        Assert.Throws<ArgumentException>(() => Of([1], [1, 1]));
    }

    private static PanopticQuality Of(ushort[] truth, ushort[] predicted)
    {
        var quality = new PanopticQuality(2);
        quality.Add(Map(truth), Map(predicted));
        return quality;
    }

    private static SegmentMap Map(ushort[] ids) => new(ids, Classes);
}
