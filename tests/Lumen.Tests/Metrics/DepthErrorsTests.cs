using Lumen.Metrics;
using Xunit;

namespace Lumen.Tests.Metrics;

public sealed class DepthErrorsTests
{
    private static readonly float[] Truth = [2, 4, 8, 16, 0, 1000];
    private static readonly float[] Rough = [2.2f, 3.5f, 9, 15, 3, 50];

    [Fact]
    public void The_true_depth_has_no_error()
    {
        var figures = Of(Truth, Truth);
        Assert.Equal((0, 0, 0, 1), (figures.AbsRel, figures.Rmse, figures.SiLog, figures.Delta1));
    }

    [Fact]
    public void Silog_is_blind_to_a_common_scale_and_the_others_are_not()
    {
        var (one, scaled) = (Of(Truth, Rough), Of(Truth, [.. Rough.Select(depth => depth * 3)]));
        Assert.Equal(one.SiLog, scaled.SiLog, 1e-6);
        Assert.True(scaled.AbsRel > one.AbsRel + 1);
        Assert.Equal(0, scaled.Delta1);
    }

    [Fact]
    public void Holes_and_the_sky_are_left_out()
    {
        Assert.Equal(4, Of(Truth, Rough).Count);
        Assert.Equal(Of([2, 4], [2.2f, 3.5f]), Of([2, 0, 4, float.NaN], [2.2f, 9, 3.5f, 1]));
    }

    [Fact]
    public void Pictures_added_one_by_one_are_pooled()
    {
        var errors = new DepthErrors(farthest: 100);
        errors.Add(Truth.AsSpan(0, 3), Rough.AsSpan(0, 3));
        errors.Add(Truth.AsSpan(3), Rough.AsSpan(3));
        Assert.Equal(Of(Truth, Rough), errors.Figures());
    }

    [Fact]
    public void Least_squares_undo_a_scale_and_a_shift_and_the_median_undoes_a_scale()
    {
        var affine = DepthAlignment.ByLeastSquares(Truth, [.. Truth.Select(depth => (depth - 1.5f) / 4)]);
        Assert.Equal(4, affine.Scale, 1e-3);
        Assert.Equal(1.5, affine.Shift, 0.01);
        Assert.Equal(0.5, DepthAlignment.ByMedian(Truth, [.. Truth.Select(depth => depth * 2)]).Scale, 1e-9);
    }

    [Fact]
    public void What_cannot_be_compared_is_said()
    {
        Assert.Contains("no pixel", Assert.Throws<LumenException>(() => Of([0, 0], [1, 1])).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("pixel 1 is NaN", Assert.Throws<LumenException>(() => Of([1, 1], [1, float.NaN])).Message);
        Assert.Contains("the same everywhere", Assert.Throws<LumenException>(() => DepthAlignment.ByLeastSquares([1, 2], [3, 3])).Message);
        Assert.Contains("median", Assert.Throws<LumenException>(() => DepthAlignment.ByMedian([1, 2], [-1, -3])).Message);
        Assert.Contains("above 0", Assert.Throws<LumenException>(() => DepthAlignment.ByMedian([0], [1])).Message);
    }

    private static DepthFigures Of(float[] truth, float[] predicted)
    {
        var errors = new DepthErrors(farthest: 100);
        errors.Add(truth, predicted);
        return errors.Figures();
    }
}
