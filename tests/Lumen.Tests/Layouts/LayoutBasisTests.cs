using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class LayoutBasisTests
{
    [Theory]
    [InlineData(FeatureNormalisation.None)]
    [InlineData(FeatureNormalisation.Centre)]
    [InlineData(FeatureNormalisation.Standardise)]
    public void Projecting_the_training_features_gives_zero_mean_and_unit_rms_in_the_first_component(FeatureNormalisation normalisation)
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(1);
        using var basis = Toy.Fit(Toy.Plain() with { Normalisation = normalisation }, features);
        var layouts = basis.Project(features);
        Assert.Equal([6, 4, 7, 9], layouts.shape);
        Assert.Equal(ScalarType.Float32, layouts.dtype);
        TensorAssert.Close(zeros(4), layouts.mean([0, 2, 3]), 1e-5, 0);
        Assert.Equal(1, layouts.select(1, 0).square().mean().sqrt().item<float>(), 5);
    }

    [Theory]
    [InlineData(FeatureNormalisation.None)]
    [InlineData(FeatureNormalisation.Standardise)]
    public void Layouts_of_one_basis_follow_from_those_of_another(FeatureNormalisation normalisation)
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(1);
        var options = Toy.Plain(Toy.Channels) with { Normalisation = normalisation };
        using var all = Toy.Fit(options, Toy.Features(2));
        using var few = Toy.Fit(options with { Components = 3, Whiten = true }, Toy.Features(3));
        using var turned = Toy.Fit(options with { Components = 4, RotationSeed = 5 }, features);
        TensorAssert.Close(few.Project(features), Followed(few, all, features), 1e-4, 1e-4);
        TensorAssert.Close(turned.Project(features), Followed(turned, all, features), 1e-4, 1e-4);
        // What three components of a basis tell of its own layouts, and of nothing beyond.
        TensorAssert.Close(few.Project(features), Followed(few, few, features), 1e-4, 1e-4);
        Assert.True((turned.Project(features) - Followed(turned, few, features)).abs().max().item<float>() > 0.05);

        static Tensor Followed(LayoutBasis basis, LayoutBasis other, Tensor features)
        {
            var (turn, offset) = basis.From(other);
            Assert.Equal([basis.Components, other.Components], turn.shape);
            return einsum("oi,bihw->bohw", turn, other.Project(features).to_type(ScalarType.Float64)).to_type(ScalarType.Float32)
                + offset.view(1, -1, 1, 1).to_type(ScalarType.Float32);
        }
    }

    [Fact]
    public void Components_are_orthonormal_with_a_positive_largest_entry()
    {
        using var scope = NewDisposeScope();
        using var basis = Toy.Fit(Toy.Plain(Toy.Channels), Toy.Features(2));
        var components = basis.Principal.Components;
        TensorAssert.Close(eye(Toy.Channels, dtype: ScalarType.Float64), components.mm(components.t()), 1e-12, 0);
        var largest = components.gather(1, components.abs().argmax(1).unsqueeze(1));
        Assert.True(largest.gt(0).all().item<bool>());
        Assert.Equal(basis.Principal.Spectrum.OrderDescending(), basis.Principal.Spectrum);
        Assert.Equal(1, basis.Principal.ExplainedVarianceRatio.Sum(), 9);
    }

    [Fact]
    public void A_refit_gives_the_same_bits_and_another_order_of_the_batches_the_same_layouts()
    {
        using var scope = NewDisposeScope();
        var (one, two, three) = (Toy.Features(3), Toy.Features(4), Toy.Features(5));
        using var first = Toy.Fit(new BasisOptions { Components = 4 }, one, two, three);
        using var again = Toy.Fit(new BasisOptions { Components = 4 }, one, two, three);
        using var shuffled = Toy.Fit(new BasisOptions { Components = 4 }, three, one, two);
        Assert.Equal(first.Hash, again.Hash);
        TensorAssert.Same(first.Principal.Components, again.Principal.Components);
        TensorAssert.Close(first.Principal.Components, shuffled.Principal.Components, 1e-10, 0);
        Assert.Equal(first.Scale, shuffled.Scale, 1e-10);
    }

    [Fact]
    public void The_reconstruction_gets_better_with_every_component_and_is_exact_with_all()
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(6);
        var errors = Enumerable
            .Range(1, Toy.Channels)
            .Select(n =>
            {
                using var basis = Toy.Fit(Toy.Plain(n), features);
                return (basis.Reconstruct(basis.Project(features)) - features).square().mean().item<float>();
            })
            .ToArray();
        Assert.True(errors.Zip(errors.Skip(1)).All(pair => pair.Second < pair.First), string.Join(" ", errors));
        Assert.True(errors[^1] < 1e-8);
    }

    [Fact]
    public void Whitened_layouts_have_unit_variance_in_every_component_and_reconstruct_alike()
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(7);
        using var white = Toy.Fit(Toy.Plain() with { Whiten = true }, features);
        using var plain = Toy.Fit(Toy.Plain(), features);
        var layouts = white.Project(features);
        TensorAssert.Close(ones(4), layouts.square().mean([0, 2, 3]), 1e-4, 0);
        TensorAssert.Close(plain.Reconstruct(plain.Project(features)), white.Reconstruct(layouts), 1e-4, 1e-4);
    }

    [Fact]
    public void A_pictures_layout_does_not_depend_on_its_batch()
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(8);
        using var basis = Toy.Fit(new BasisOptions { Components = 4 }, features);
        TensorAssert.Close(basis.Project(features).narrow(0, 2, 1), basis.Project(features.narrow(0, 2, 1)), 1e-6, 0);
    }

    [Theory]
    [InlineData(FeatureNormalisation.None, false)]
    [InlineData(FeatureNormalisation.Centre, false)]
    [InlineData(FeatureNormalisation.Standardise, true)]
    public void Standardising_removes_gain_and_offset_of_each_channel(FeatureNormalisation normalisation, bool removed)
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(9);
        using var basis = Toy.Fit(Toy.Plain() with { Normalisation = normalisation }, features);
        var gain = new RandomStream(5).Uniform(1, Toy.Channels, 1, 1) + 0.5f;
        var changed = features * gain + 2;
        var difference = (basis.Project(changed) - basis.Project(features)).abs().max().item<float>();
        Assert.Equal(removed, difference < 1e-3);
    }

    [Fact]
    public void More_components_than_the_features_allow_are_refused()
    {
        using var scope = NewDisposeScope();
        var fault = Assert.Throws<LumenException>(() => Toy.Fit(Toy.Plain(13), Toy.Features(1)));
        Assert.Contains("13 components", fault.Message);
        Assert.Contains("12 channels", fault.Message);
        Assert.Contains("1 to 6", Assert.Throws<LumenException>(() => Toy.Fit(Toy.Plain(7), Toy.Features(1, 1, 2, 3))).Message);
        Assert.Contains("do not vary", Assert.Throws<LumenException>(() => Toy.Fit(Toy.Plain(), ones(2, 12, 4, 4))).Message);
    }

    [Fact]
    public void All_faults_of_the_options_are_named_together()
    {
        var options = new BasisOptions
        {
            Components = 0,
            BorderCells = -1,
            MaxNormRatio = 0.5,
        };
        var fault = Assert.Throws<LumenException>(options.Validate);
        Assert.Contains("components", fault.Message);
        Assert.Contains("border", fault.Message);
        Assert.Contains("norm ratio", fault.Message);
    }

    [Fact]
    public void Projecting_and_reconstructing_leave_no_tensors_behind()
    {
        using var features = Toy.Features(10);
        using var basis = Toy.Fit(
            new BasisOptions
            {
                Components = 4,
                MaxNormRatio = 2,
                SubtractPositionMean = true,
            },
            features
        );
        TensorLeak.Check(() =>
        {
            using var layouts = basis.Project(features);
            basis.Reconstruct(layouts).Dispose();
        });
        TensorLeak.Check(() => Toy.Fit(new BasisOptions { Components = 4, SubtractPositionMean = true }, features).Dispose());
    }
}
