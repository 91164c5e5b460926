using Lumen.Metrics;
using Xunit;

namespace Lumen.Tests.Metrics;

public sealed class NormalErrorsTests
{
    [Fact]
    public void Angles_do_not_depend_on_the_length_of_the_prediction()
    {
        var errors = Of([0, 0, 1, 0, 0, 1, 0, 0, 1], [0, 0, 7, 3, 0, 3, 0.2f, 0, 0]);
        Assert.Equal(45, errors.Mean, 1e-6);
        Assert.Equal(45, errors.Median, 1e-3);
        Assert.Equal(1 / 3.0, errors.Within(30), 1e-12);
        Assert.Equal(1, errors.Within(91), 1e-12);
    }

    [Fact]
    public void Pixels_that_are_masked_or_without_a_normal_are_left_out()
    {
        var errors = new NormalErrors();
        errors.Add([0, 0, 1, 0, 0, 0, 0, 0, 1], [0, 0, 1, 1, 0, 0, 1, 0, 0], [true, true, false]);
        Assert.Equal(1, errors.Count);
        Assert.Equal(0, errors.Mean);
    }

    [Fact]
    public void A_zero_vector_is_a_right_angle_off() => Assert.Equal(90, Of([0, 1, 0], [0, 0, 0]).Mean, 1e-9);

    [Fact]
    public void Opposite_normals_are_half_a_turn_apart() =>
        Assert.Equal((180, 180), (Of([0, 1, 0], [0, -1, 0]).Median, Of([0, 1, 0], [0, -1, 0]).Mean));

    [Fact]
    public void A_vector_that_is_no_number_is_named()
    {
        var errors = new NormalErrors();
        Assert.Contains(
            "pixel 1 is (NaN",
            Assert.Throws<LumenException>(() => errors.Add([0, 0, 1, 0, 0, 1], [0, 0, 1, float.NaN, 0, 0])).Message
        );
        Assert.Equal(0, errors.Count);
        Assert.Throws<ArgumentException>(() => errors.Add([0, 0], [0, 0]));
        Assert.Throws<ArgumentException>(() => errors.Add([0, 0, 1], [0, 0, 1], [true, true]));
    }

    private static NormalErrors Of(float[] truth, float[] predicted)
    {
        var errors = new NormalErrors();
        errors.Add(truth, predicted);
        return errors;
    }
}
