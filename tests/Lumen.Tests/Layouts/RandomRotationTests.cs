using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class RandomRotationTests
{
    [Fact]
    public void A_rotation_is_orthogonal_and_follows_from_its_seed()
    {
        using var scope = NewDisposeScope();
        var rotation = RandomRotation.Of(20, 5);
        Assert.InRange((rotation.mm(rotation.t()) - eye(20, dtype: ScalarType.Float64)).abs().max().item<double>(), 0, 1e-12);
        Assert.True(rotation.Equals(RandomRotation.Of(20, 5)));
        Assert.False(rotation.Equals(RandomRotation.Of(20, 6)));
        Assert.True(rotation.abs().max().item<double>() < 0.95); // no mere permutation
    }

    [Fact]
    public void Turning_back_gives_the_layouts()
    {
        using var scope = NewDisposeScope();
        var (layouts, rotation) = (new RandomStream(1).Normal(2, 6, 3, 4), RandomRotation.Of(6, 2));
        var turned = RandomRotation.Apply(layouts, rotation);
        // lengths of cells stay
        Assert.Equal(layouts.square().sum(1).mean().item<float>(), turned.square().sum(1).mean().item<float>(), 1e-4f);
        Assert.InRange((RandomRotation.Apply(turned, rotation.t()) - layouts).abs().max().item<float>(), 0, 1e-5);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("3+5")]
    public void A_turned_basis_gives_turned_layouts_and_loses_nothing(string? blocks)
    {
        using var scope = NewDisposeScope();
        var features = new RandomStream(4).Normal(6, 8, 5, 5) * arange(1, 9).reshape(1, 8, 1, 1);
        using var plain = Fit(null);
        using var turned = Fit(3);
        var expected = RandomRotation.Apply(plain.Project(features), RandomRotation.Of(4, 3));
        Assert.InRange((turned.Project(features) - expected).abs().max().item<float>(), 0, 1e-4);
        Assert.InRange(
            (turned.Reconstruct(turned.Project(features)) - plain.Reconstruct(plain.Project(features))).abs().max().item<float>(),
            0,
            1e-3
        );
        Assert.NotEqual(plain.Hash, turned.Hash);
        using var folder = new Lumen.Testing.TempFolder();
        turned.Save(folder.Path);
        using var loaded = LayoutBasis.Load(folder.Path);
        Assert.Equal((turned.Hash, 3UL), (loaded.Hash, loaded.Options.RotationSeed));
        Assert.Throws<LumenException>(() => new BasisOptions { RotationSeed = 1, Whiten = true }.Validate());

        LayoutBasis Fit(ulong? seed)
        {
            using var fitter = new BasisFitter(
                new BasisOptions { Components = 4, RotationSeed = seed },
                new FeatureSource("test", new string('a', 64), "layer", -1, 8, 32) { ChannelGroups = blocks }
            );
            fitter.Add(features);
            return fitter.Fit();
        }
    }
}
