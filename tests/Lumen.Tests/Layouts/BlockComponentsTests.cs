using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

/// <summary>Several blocks of a backbone in one layout: each has principal components of its own.</summary>
public sealed class BlockComponentsTests
{
    private const int First = 8;

    [Fact]
    public void Each_blocks_components_are_those_of_the_block_alone()
    {
        using var scope = NewDisposeScope();
        var features = Features();
        using var both = Fit(features, 6);
        using var one = Alone(features.narrow(1, 0, First));
        using var other = Alone(features.narrow(1, First, Toy.Channels - First));
        var components = both.Principal.Components;
        var taken = new[] { 0, 0 };
        for (var k = 0; k < 6; k++)
        {
            var inFirst = components[k].narrow(0, 0, First).abs().sum().item<double>() > 0;
            var (basis, start, count) = inFirst ? (one, 0, First) : (other, First, Toy.Channels - First);
            TensorAssert.Close(basis.Principal.Components[taken[inFirst ? 0 : 1]++], components[k].narrow(0, start, count), 1e-9, 1e-9);
            Assert.Equal(1, components[k].square().sum().item<double>(), 9); // zero elsewhere
        }
        Assert.True(taken is [> 0, > 0], $"{taken[0]} and {taken[1]}");
    }

    [Fact]
    public void The_first_component_of_every_block_comes_first_and_has_unit_scale_whatever_the_blocks_size()
    {
        using var scope = NewDisposeScope();
        var features = Features();
        using var basis = Fit(features, 4);
        using var louder = Fit(cat([features.narrow(1, 0, First) * 1000, features.narrow(1, First, Toy.Channels - First)], 1), 4);
        var layouts = basis.Project(features);
        TensorAssert.Close(ones(2), layouts.narrow(1, 0, 2).square().mean([0, 2, 3]).sqrt(), 1e-4, 0);
        TensorAssert.Close(
            layouts,
            louder.Project(cat([features.narrow(1, 0, First) * 1000, features.narrow(1, First, Toy.Channels - First)], 1)),
            1e-4,
            1e-4
        );
    }

    [Fact]
    public void A_stored_basis_projects_and_reconstructs_as_the_fitted_one()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var features = Features();
        using var basis = Fit(features, Toy.Channels);
        basis.Save(folder.Path);
        using var read = LayoutBasis.Load(folder.Path);
        var layouts = basis.Project(features);
        TensorAssert.Same(layouts, read.Project(features));
        TensorAssert.Close(features, read.Reconstruct(layouts), 1e-4, 1e-4); // all components keep everything
        Assert.Equal(basis.Hash, read.Hash);
    }

    [Fact]
    public void A_block_that_does_not_vary_is_refused()
    {
        using var scope = NewDisposeScope();
        var features = cat([Features().narrow(1, 0, First), ones(6, Toy.Channels - First, 7, 9)], 1);
        Assert.Contains("do not vary at all", Assert.Throws<LumenException>(() => Fit(features, 4)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8+5", "The blocks have 8 + 5 channels, but the features have 12")]
    [InlineData("8+x", "names the channels of its blocks as \"8+x\"; expected numbers joined with +, 12 in all")]
    [InlineData("8+-4", "expected numbers joined with +")]
    public void Blocks_that_are_not_the_features_are_refused(string groups, string sentence)
    {
        using var scope = NewDisposeScope();
        Assert.Contains(sentence, Assert.Throws<LumenException>(() => Fit(Features(), 4, groups)).Message, StringComparison.Ordinal);
    }

    // Both blocks have structure of their own.
    private static Tensor Features()
    {
        using var scope = NewDisposeScope();
        return cat([Toy.Features(1).narrow(1, 0, First), Toy.Features(2).narrow(1, First, Toy.Channels - First)], 1)
            .MoveToOuterDisposeScope();
    }

    [Fact]
    public void A_block_of_which_a_penalty_leaves_nothing_comes_last()
    {
        using var scope = NewDisposeScope();
        var features = Features();
        var other = cat([features.narrow(1, 0, First), Toy.Features(3).narrow(1, First, Toy.Channels - First)], 1);
        using var fitter = new BasisFitter(Toy.Plain(First + 1) with { AppearancePenalty = 2 }, Toy.Source with { ChannelGroups = "8+4" });
        fitter.Add(features, other);
        using var basis = fitter.Fit();
        // The second block is another one in the other look; what penalises it leaves the first block as it is.
        for (var k = 0; k <= First; k++)
            Assert.Equal(k < First, basis.Principal.Components[k].narrow(0, 0, First).abs().sum().item<double>() > 0);
    }

    private static LayoutBasis Fit(Tensor features, int components, string groups = "8+4")
    {
        using var fitter = new BasisFitter(Toy.Plain(components), Toy.Source with { ChannelGroups = groups });
        fitter.Add(features);
        return fitter.Fit();
    }

    private static LayoutBasis Alone(Tensor features)
    {
        using var fitter = new BasisFitter(Toy.Plain((int)features.shape[1]), Toy.Source with { Channels = (int)features.shape[1] });
        fitter.Add(features);
        return fitter.Fit();
    }
}
