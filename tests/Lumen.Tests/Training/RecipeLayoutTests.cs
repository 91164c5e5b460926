using Lumen.Layouts;
using Lumen.Testing;
using Lumen.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class RecipeLayoutTests(TinyModel tiny)
{
    [Fact]
    public void The_guards_of_the_basis_are_read_from_a_recipe_file()
    {
        using var folder = new TempFolder();
        File.WriteAllText(
            folder.File("recipe.json"),
            """{ "kind": "adapter", "layout": { "components": 7, "border_cells": 2, "max_norm_ratio": 4.5, "subtract_position_mean": true, "rotation_seed": 4, "full_layouts": 1 } }"""
        );
        var expected = new BasisOptions
        {
            Components = 7,
            BorderCells = 2,
            MaxNormRatio = 4.5,
            SubtractPositionMean = true,
            RotationSeed = 4,
        };
        Assert.Equal(1, Recipe.Read(folder.File("recipe.json")).Layout.FullLayouts);
        Assert.Equal(expected, Recipe.Read(folder.File("recipe.json")).Layout.ToBasisOptions());
    }

    [Fact]
    public void An_adapter_is_trained_on_turned_layouts_where_the_recipe_says_so()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var recipe = TinyRuns.Adapter;
        using var plain = BasisOf(recipe, folder.File("plain"));
        using var turned = BasisOf(recipe with { Layout = recipe.Layout with { RotationSeed = 2 } }, folder.File("turned"));
        Assert.Equal(2UL, turned.Options.RotationSeed);
        var expected = RandomRotation.Of(TinyRuns.Components, 2).mm(plain.Principal.Components);
        Assert.InRange((turned.Principal.Components - expected).abs().max().item<double>(), 0, 1e-6);
    }

    [Fact]
    public void Layouts_that_an_adapter_is_trained_on_have_no_mean_at_any_position_where_the_recipe_says_so()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var recipe = TinyRuns.Adapter;
        recipe = recipe with
        {
            Layout = recipe.Layout with { BorderCells = 2, SubtractPositionMean = true, FitPictures = recipe.Data.Scenes },
        };
        using var guarded = BasisOf(recipe, folder.File("guarded"));
        using var plain = BasisOf(
            recipe with
            {
                Layout = recipe.Layout with { BorderCells = 0, SubtractPositionMean = false },
            },
            folder.File("plain")
        );
        Assert.Equal((2, true), (guarded.Options.BorderCells, guarded.Options.SubtractPositionMean));
        Assert.NotEqual(plain.Hash, guarded.Hash); // and so the cached layouts have other names
        Assert.InRange(LargestMean(guarded), 0, 2e-3);
        Assert.True(LargestMean(plain) > 0.1);

        double LargestMean(LayoutBasis basis)
        {
            var file = Assert.Single(
                Directory.GetFiles(tiny.Runs.Runs("guards").Cache, $"layouts-*-{recipe.Data.Scenes}-{basis.Hash[..16]}.safetensors")
            );
            using var layouts = TensorCache.Open(file, recipe.Data.Scenes, _ => throw new InvalidOperationException("They are there."));
            return layouts.Batch([.. Enumerable.Range(0, layouts.Count)]).mean([0]).abs().max().item<float>();
        }
    }

    [Fact]
    public void Guards_out_of_range_are_refused_before_anything_is_prepared()
    {
        var recipe = TinyRuns.Adapter with { Layout = TinyRuns.Adapter.Layout with { BorderCells = -1, MaxNormRatio = 0.5 } };
        var fault = Assert.Throws<LumenException>(() => tiny.Runs.Runs("guards").Adapter(recipe, "no model here"));
        Assert.Contains("border cells must not be negative but is -1", fault.Message, StringComparison.Ordinal);
        Assert.Contains("the norm ratio must be at least 1 but is 0.5", fault.Message, StringComparison.Ordinal);
    }

    private LayoutBasis BasisOf(Recipe recipe, string folder)
    {
        tiny.Runs.Runs("guards").Adapter(recipe, tiny.Runs.Model).Export(folder);
        return LayoutBasis.Load(folder);
    }
}
