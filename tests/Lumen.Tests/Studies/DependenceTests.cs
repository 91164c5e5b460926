using Lumen.Core.Tensors;
using Lumen.Research.Studies;
using Lumen.Scenes;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Studies;

public sealed class DependenceTests
{
    [Fact]
    public void Constructed_features_give_the_R2_they_were_made_with()
    {
        using var scope = NewDisposeScope();
        var random = new RandomStream(1);
        var (x, noise) = (random.For(0).Normal(40_000), random.For(1).Normal(40_000));
        var one = 3 * x + 4 * noise + 7; // R^2 9 / 25
        var rows = stack([one, noise, x, noise * 0 + 2], 1); // two targets, a source, a constant
        var moments = Stacked(LinearDependence.Moments(rows));
        var found = LinearDependence.Each(moments, (0, 2), (2, 1)).data<double>().ToArray();
        Assert.Equal(0.36, found[0], 0.01);
        Assert.Equal(0, found[1], 0.001);
        Assert.Equal(1, LinearDependence.Each(moments, (0, 1), (1, 2)).item<double>(), 1e-6); // x and noise together
        Assert.Equal(0, LinearDependence.Each(moments, (0, 1), (3, 1)).item<double>(), 1e-9); // a constant tells nothing
        Assert.Equal(0, LinearDependence.Each(moments, (3, 1), (0, 1)).item<double>(), 1e-9); // and has nothing to tell
    }

    [Fact]
    public void Of_classes_it_is_eta_squared()
    {
        using var scope = NewDisposeScope();
        double[] values = [1, 2, 3, 7, 8, 9];
        long[] classes = [0, 0, 0, 1, 1, 1];
        var rows = cat([tensor(values).unsqueeze(1), nn.functional.one_hot(tensor(classes), 2).to_type(ScalarType.Float64)], 1);
        // Between classes 6 · 9 = 54, within 2 + 2 = 4.
        Assert.Equal(54 / 58.0, LinearDependence.Each(Stacked(LinearDependence.Moments(rows)), (0, 1), (1, 2)).item<double>(), 1e-9);
    }

    [Fact]
    public void Moments_of_parts_add_up_and_survive_packing()
    {
        using var scope = NewDisposeScope();
        var rows = new RandomStream(2).Normal(100, 3);
        var whole = LinearDependence.Moments(rows);
        var parts = LinearDependence
            .Packed(LinearDependence.Moments(rows[..40]))
            .Zip(LinearDependence.Packed(LinearDependence.Moments(rows[40..])), (a, b) => a + b)
            .ToArray();
        var unpacked = LinearDependence.Unpacked(tensor(parts, [1, parts.Length]));
        Assert.InRange((unpacked[0] - whole).abs().max().item<double>(), 0, 1e-9);
    }

    [Fact]
    public void Mutual_information_is_the_entropy_of_equals_and_nothing_of_strangers()
    {
        var random = new RandomStream(3);
        double[] values = [.. Enumerable.Range(0, 8000).Select(i => random.UniformAt(i))];
        double[] others = [.. Enumerable.Range(0, 8000).Select(i => random.UniformAt(i + 8000))];
        var bins = MutualInformation.Quantiles(values, 8);
        Assert.All(bins.GroupBy(bin => bin), group => Assert.Equal(1000, group.Count()));
        Assert.Equal(3, MutualInformation.Bits(bins, bins), 0.01); // log2 8
        Assert.Equal(0, MutualInformation.Bits(bins, MutualInformation.Quantiles(others, 8)), 0.01);
        // and it need not be linear or rising
        Assert.Equal(3, MutualInformation.Bits(bins, MutualInformation.Quantiles([.. values.Select(value => -value)], 8)), 0.02);
    }

    [Fact]
    public void Properties_of_cells_are_those_of_their_pixels()
    {
        using var scope = NewDisposeScope();
        var seeds = SceneSeeds.For(SceneSplit.Test, 3, 1);
        var scene = StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), 32, 32);
        var cells = CellProperties.Of(scene, (32, 32)); // a cell a pixel
        var pixel = 20 * 32 + 5;
        Assert.Equal([1024, CellProperties.Count], cells.shape);
        Assert.Equal(1, At("class", scene.Labels[pixel]));
        Assert.Equal(1 / scene.Depth[pixel], At("depth"), 6);
        Assert.Equal(scene.Rgb[3 * pixel + 1] / 255.0, At("colour", 1), 9);
        Assert.Equal(20.5 / 32, At("y"), 9);
        Assert.Equal(1, At("weather", (int)scene.Appearance.Weather));
        // many things meet in the whole picture
        Assert.Equal(1, CellProperties.Of(scene, (1, 1))[0, CellProperties.Offset("border")].item<double>());
        Assert.Equal(1024, cells.narrow(1, 0, SceneClasses.Count).sum().item<double>());

        double At(string property, int more = 0) => cells[pixel, CellProperties.Offset(property) + more].item<double>();
    }

    private static Tensor Stacked(Tensor moments) => LinearDependence.Covariances(moments.unsqueeze(0));
}
