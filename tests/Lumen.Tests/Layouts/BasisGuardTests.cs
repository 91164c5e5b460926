using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class BasisGuardTests
{
    [Fact]
    public void Border_cells_left_out_cannot_take_over_the_first_component()
    {
        using var scope = NewDisposeScope();
        var clean = Toy.Features(1);
        var spoiled = clean.clone();
        spoiled.select(1, 11).select(1, 0).fill_(500); // the top row of the last channel
        using var reference = Toy.Fit(Toy.Plain() with { BorderCells = 1 }, clean);
        using var guarded = Toy.Fit(Toy.Plain() with { BorderCells = 1 }, spoiled);
        using var open = Toy.Fit(Toy.Plain(), spoiled);
        TensorAssert.Same(reference.Principal.Components, guarded.Principal.Components);
        Assert.True(Math.Abs(open.Principal.Components[0, 11].item<double>()) > 0.99);
        Assert.Equal([6, 4, 7, 9], guarded.Project(spoiled).shape);
    }

    [Fact]
    public void More_border_cells_than_the_grid_has_are_refused()
    {
        using var scope = NewDisposeScope();
        var fault = Assert.Throws<LumenException>(() => Toy.Fit(Toy.Plain() with { BorderCells = 4 }, Toy.Features(1)));
        Assert.Contains("leaves nothing of a 7x9 grid", fault.Message);
    }

    [Fact]
    public void A_cell_of_huge_norm_is_brought_to_the_limit_and_keeps_its_direction()
    {
        using var scope = NewDisposeScope();
        var clean = Toy.Features(2) - 3;
        var spoiled = clean.clone();
        spoiled.select(3, 4).select(2, 3).mul_(1000);
        var options = Toy.Plain() with { MaxNormRatio = 3 };
        using var reference = Toy.Fit(options, clean);
        using var guarded = Toy.Fit(options, spoiled);
        using var open = Toy.Fit(Toy.Plain(), spoiled);
        Assert.InRange(guarded.Scale / reference.Scale, 0.9, 1.5);
        Assert.True(open.Scale > 20 * reference.Scale);
        var prepared = FeaturePreparation.Prepare(spoiled, options);
        var norms = prepared.square().sum(1).sqrt().flatten(1);
        var limit = norms.sort(1).Values.select(1, (norms.shape[1] - 1) / 2) * 3;
        Assert.True(norms.le(limit.unsqueeze(1) * (1 + 1e-9)).all().item<bool>());
        var cosine = nn.functional.cosine_similarity(
            prepared.select(3, 4).select(2, 3),
            clean.select(3, 4).select(2, 3).to(ScalarType.Float64),
            1
        );
        TensorAssert.Close(ones(6, dtype: ScalarType.Float64), cosine, 1e-6, 0);
    }

    [Fact]
    public void Subtracting_the_position_mean_removes_what_depends_on_position_alone()
    {
        using var scope = NewDisposeScope();
        var ramp = linspace(-40, 40, 9).view(1, 1, 1, 9) * new RandomStream(3).Normal(1, Toy.Channels, 1, 1);
        var features = Toy.Features(3, pictures: 40) + ramp;
        using var open = Toy.Fit(Toy.Plain(), features);
        using var guarded = Toy.Fit(
            Toy.Plain() with
            {
                SubtractPositionMean = true,
            },
            features.narrow(0, 0, 15),
            features.narrow(0, 15, 25)
        );
        Assert.True(Math.Abs(open.PositionCorrelations[0].X) > 0.9, open.PositionCorrelations[0].ToString());
        Assert.Empty(guarded.PositionCorrelations);
        var layouts = guarded.Project(features);
        TensorAssert.Close(zeros(4, 7, 9), layouts.mean([0]), 1e-5, 0);
        Assert.Equal(1, layouts.select(1, 0).square().mean().sqrt().item<float>(), 4);
        using var explicitly = Toy.Fit(Toy.Plain(), features - features.mean([0], keepdim: true));
        TensorAssert.Close(explicitly.Principal.Components, guarded.Principal.Components, 1e-4, 1e-4);
        Assert.Equal([1, 4, 14, 18], guarded.Project(Toy.Features(4, 1, 14, 18)).shape);
    }

    [Fact]
    public void Pictures_of_several_sizes_fit_unless_positions_are_asked_for()
    {
        using var scope = NewDisposeScope();
        using var mixed = Toy.Fit(Toy.Plain(), Toy.Features(1), Toy.Features(2, 3, 5, 5));
        Assert.Empty(mixed.PositionCorrelations);
        var fault = Assert.Throws<LumenException>(() =>
            Toy.Fit(Toy.Plain() with { SubtractPositionMean = true }, Toy.Features(1), Toy.Features(2, 3, 5, 5))
        );
        Assert.Contains("differ in size", fault.Message);
    }

    [Fact]
    public void The_position_correlation_is_that_of_the_projected_cells()
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(5) + linspace(-2, 2, 7).view(1, 1, 7, 1);
        using var basis = Toy.Fit(Toy.Plain(), features);
        var second = basis.Project(features).select(1, 1).to(ScalarType.Float64); // [6, 7, 9]
        var rows = linspace(-1, 1, 7, dtype: ScalarType.Float64).view(1, 7, 1).expand(6, 7, 9);
        var expected = (second * rows).mean() / (second.square().mean().sqrt() * rows.square().mean().sqrt());
        Assert.Equal(expected.item<double>(), basis.PositionCorrelations[1].Y, 5);
    }
}
