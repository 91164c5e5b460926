using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class FitReportTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    public void The_residuals_are_the_relative_errors_of_the_fitted_pictures(int border, bool subtractPositionMean)
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(1) + linspace(-2, 2, 9);
        using var basis = Toy.Fit(
            new BasisOptions
            {
                Components = 3,
                BorderCells = border,
                SubtractPositionMean = subtractPositionMean,
            },
            features.narrow(0, 0, 4),
            features.narrow(0, 4, 2)
        );
        var errors = features.split(1).Select(basis.RelativeError).ToArray();
        Assert.Equal(6, basis.Report!.Residuals.Pictures);
        Assert.Equal(errors.Average(), basis.Report.Residuals.Mean, 6);
        Assert.Equal(errors.Max(), basis.Report.Residuals.Largest, 6);
        Assert.InRange(basis.Report.Residuals.Mean, 0.001, 0.5);
    }

    [Fact]
    public void The_relative_error_is_what_the_reconstruction_misses()
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(2, pictures: 1);
        using var basis = Toy.Fit(Toy.Plain(2), Toy.Features(1));
        var missed =
            (basis.Reconstruct(basis.Project(features)) - features).square().sum()
            / (features - basis.Principal.Mean.to(ScalarType.Float32).view(1, -1, 1, 1)).square().sum();
        Assert.Equal(missed.item<float>(), basis.RelativeError(features), 5);
    }

    [Fact]
    public void Pictures_of_another_kind_lie_above_the_limit_and_new_ones_of_the_same_kind_below()
    {
        using var scope = NewDisposeScope();
        using var basis = Toy.Fit(Toy.Plain(), Toy.Features(1, pictures: 20));
        var limit = basis.Report!.Residuals.Limit();
        Assert.All(Toy.Features(2, pictures: 10).split(1), picture => Assert.InRange(basis.RelativeError(picture), 0, limit));
        Assert.True(basis.RelativeError(new RandomStream(3).Normal(1, Toy.Channels, 7, 9)) > limit);
    }

    [Fact]
    public void Many_pictures_need_less_of_an_excess_than_one()
    {
        var statistics = new ResidualStatistics(50, Mean: 0.1, Deviation: 0.02, Largest: 0.17);
        Assert.Equal(0.2, statistics.Limit(), 12);
        Assert.Equal(0.1 + (1.5 + 0.35) * 0.02, statistics.Limit(100), 12);
        Assert.Equal(0.3, (statistics with { Largest = 0.3 }).Limit(), 12);
        Assert.Equal(0.15, (statistics with { Deviation = 0, Largest = 0 }).Limit(), 12);
    }

    [Fact]
    public void The_sample_of_pictures_stays_small_and_spans_the_whole_fit()
    {
        using var scope = NewDisposeScope();
        var batches = Enumerable.Range(0, 50).Select(batch => Toy.Features((ulong)batch, 20, 3, 3) * (batch < 40 ? 1 : -0.5f)).ToArray();
        using var basis = Toy.Fit(Toy.Plain(2), batches);
        Assert.Equal(1000, basis.Report!.Pictures);
        Assert.InRange(basis.Report.Residuals.Pictures, 64, 128);
    }

    [Fact]
    public void Outliers_are_counted_against_their_pictures_median()
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(4) - 3;
        features = features / features.square().sum(1, keepdim: true).sqrt(); // every cell of norm 1
        features.select(3, 4).select(2, 3).mul_(50); // one cell of each of the six pictures
        using var basis = Toy.Fit(Toy.Plain(), features);
        Assert.Equal(4, basis.Report!.OutlierLimit);
        Assert.Equal(1 / 63.0, basis.Report.OutlierShare, 9);
        Assert.Equal(50, basis.Report.LargestNorm, 3);
        using var strict = Toy.Fit(Toy.Plain() with { MaxNormRatio = 60 }, features);
        Assert.Equal((60, 0), (strict.Report!.OutlierLimit, strict.Report.OutlierShare));
    }

    [Fact]
    public void Loud_border_cells_show_in_the_energy_of_their_ring()
    {
        using var scope = NewDisposeScope();
        var features = new RandomStream(5).Normal(8, Toy.Channels, 12, 16);
        var ring = ones(12, 16) * 3;
        ring.narrow(0, 1, 10).narrow(1, 1, 14).fill_(1);
        using var basis = Toy.Fit(Toy.Plain(), features * ring);
        Assert.Equal(3, basis.Report!.BorderEnergies.Count);
        Assert.InRange(basis.Report.BorderEnergies[0], 8, 10);
        Assert.All(basis.Report.BorderEnergies.Skip(1), energy => Assert.InRange(energy, 0.9, 1.1));
        using var small = Toy.Fit(Toy.Plain(), Toy.Features(1));
        Assert.Empty(small.Report!.BorderEnergies);
    }

    [Fact]
    public void What_depends_on_the_position_alone_is_told_for_each_component()
    {
        using var scope = NewDisposeScope();
        var direction = new RandomStream(6).Normal(1, Toy.Channels, 1, 1);
        var border = zeros(7, 9);
        border.narrow(0, 1, 5).narrow(1, 1, 7).fill_(20); // no correlation with column or row, and nothing but position
        var features = new RandomStream(7).Normal(40, Toy.Channels, 7, 9) + direction * border;
        using var basis = Toy.Fit(Toy.Plain(), features);
        Assert.InRange(basis.Report!.PositionShares[0], 0.9, 1);
        Assert.InRange(basis.PositionCorrelations[0].X, -0.1, 0.1);
        Assert.All(basis.Report.PositionShares.Skip(1), share => Assert.InRange(share, 0, 0.2));
        using var without = Toy.Fit(Toy.Plain() with { SubtractPositionMean = true }, features);
        Assert.Empty(without.Report!.PositionShares);
    }

    [Fact]
    public void The_report_is_stored_and_is_no_part_of_the_hash()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var basis = Toy.Fit(Toy.Plain(), Toy.Features(1, 6, 12, 12));
        basis.Save(folder.Path);
        using (var back = LayoutBasis.Load(folder.Path))
        {
            Assert.Equal((basis.Hash, basis.Report!.Residuals), (back.Hash, back.Report!.Residuals));
            Assert.Equal(basis.Report.BorderEnergies, back.Report.BorderEnergies);
            Assert.Equal(basis.Report.PositionShares, back.Report.PositionShares);
        }
        var json = JsonNode.Parse(File.ReadAllText(folder.File("lumen/layout.json")))!.AsObject();
        json["report"]!["residuals"]!["mean"] = -3;
        File.WriteAllText(folder.File("lumen/layout.json"), json.ToJsonString());
        Assert.Contains(
            "the residuals of its report are out of range",
            Assert.Throws<LumenException>(() => LayoutBasis.Load(folder.Path)).Message,
            StringComparison.Ordinal
        );
        json["report"]!["residuals"] = null;
        File.WriteAllText(folder.File("lumen/layout.json"), json.ToJsonString());
        Assert.Contains(
            "does not describe a layout basis",
            Assert.Throws<LumenException>(() => LayoutBasis.Load(folder.Path)).Message,
            StringComparison.Ordinal
        );
        json.Remove("report"); // as earlier versions wrote it
        File.WriteAllText(folder.File("lumen/layout.json"), json.ToJsonString());
        using var older = LayoutBasis.Load(folder.Path);
        Assert.Equal((basis.Hash, null), (older.Hash, older.Report));
    }
}
