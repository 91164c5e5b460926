using CsCheck;
using Lumen.Metrics;
using Xunit;

namespace Lumen.Tests.Metrics;

public sealed class OrientationErrorsTests
{
    [Fact]
    public void The_smaller_way_round_counts() => Assert.Equal(2, One(359 * Math.PI / 180, 1 * Math.PI / 180).Mean, 1e-9);

    [Fact]
    public void Whole_turns_change_nothing_and_errors_reach_half_a_turn() =>
        Gen.Select(Gen.Double[-10, 10], Gen.Double[-10, 10], Gen.Int[-3, 3])
            .Sample(
                (truth, predicted, turns) =>
                {
                    var error = One(truth, predicted).Mean;
                    Assert.Equal(error, One(truth, predicted + turns * 2 * Math.PI).Mean, 1e-6);
                    Assert.Equal(error, One(predicted, truth).Mean, 1e-9);
                    Assert.InRange(error, 0, 180 + 1e-9);
                },
                iter: 100
            );

    [Fact]
    public void Front_and_back_are_one_where_the_period_is_half_a_turn()
    {
        var errors = new OrientationErrors(Math.PI);
        errors.Add(0, Math.PI);
        errors.Add(0, Math.PI / 2);
        errors.Add(0.1, 0.1);
        Assert.Equal((30, 0, 2 / 3.0), (Math.Round(errors.Mean, 9), Math.Round(errors.Median, 9), errors.Within(45)));
    }

    [Fact]
    public void A_direction_that_is_no_number_is_refused() =>
        Assert.Contains("NaN", Assert.Throws<LumenException>(() => One(double.NaN, 1)).Message);

    private static OrientationErrors One(double truth, double predicted)
    {
        var errors = new OrientationErrors();
        errors.Add(truth, predicted);
        return errors;
    }
}
