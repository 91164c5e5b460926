using Lumen.Core.Checkpoints;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

public sealed class LayoutFileTests
{
    [Fact]
    public void A_saved_basis_comes_back_with_the_same_hash_and_projects_the_same_bits()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var features = Toy.Features(1);
        var options = new BasisOptions
        {
            Components = 5,
            BorderCells = 1,
            MaxNormRatio = 3,
            SubtractPositionMean = true,
            Whiten = true,
        };
        using var basis = Toy.Fit(options, features);
        basis.Save(folder.Path);
        using var back = LayoutBasis.Load(folder.Path);
        Assert.Equal(basis.Hash, back.Hash);
        Assert.Equal(options, back.Options);
        Assert.Equal(basis.Source, back.Source);
        Assert.Equal(basis.PositionCorrelations, back.PositionCorrelations);
        Assert.Equal(basis.Principal.ExplainedVarianceRatio, back.Principal.ExplainedVarianceRatio);
        TensorAssert.Same(basis.Project(features), back.Project(features));
        Assert.Equal(
            ["basis.safetensors", "layout.json"],
            Directory.GetFiles(folder.File("lumen")).Select(path => Path.GetFileName(path)).Order()
        );
    }

    [Fact]
    public void A_basis_whose_files_do_not_belong_together_is_refused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var basis = Toy.Fit(Toy.Plain(), Toy.Features(1));
        using var other = Toy.Fit(Toy.Plain(), Toy.Features(2));
        basis.Save(folder.Path);
        var json = File.ReadAllText(folder.File("lumen/layout.json"));
        other.Save(folder.Path);
        Refused(json, "do not belong together");
        Refused(json.Replace("\"components\": 4", "\"components\": 3", StringComparison.Ordinal), "does not fit layout.json");
        Refused(json.Replace("basis-1", "basis-9", StringComparison.Ordinal), "basis-9");
        Refused(json.Replace("\"none\"", "\"sideways\"", StringComparison.Ordinal), "does not describe a layout basis");
        Refused("{", "does not describe a layout basis");
        Assert.Contains("lumen layout fit", Assert.Throws<LumenException>(() => LayoutBasis.Load(folder.File("absent"))).Message);

        void Refused(string description, string because)
        {
            File.WriteAllText(folder.File("lumen/layout.json"), description);
            Assert.Contains(because, Assert.Throws<LumenException>(() => LayoutBasis.Load(folder.Path)).Message);
        }
    }

    [Fact]
    public void A_saved_layout_comes_back_and_knows_its_basis()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var features = Toy.Features(1, pictures: 1);
        using var basis = Toy.Fit(Toy.Plain(), features);
        using var layout = basis.Layout(features, 72, 56);
        layout.Save(folder.File("a.safetensors"));
        using var back = NeuralLayout.Load(folder.File("a.safetensors"));
        TensorAssert.Same(layout.Map, back.Map);
        Assert.Equal((72, 56, 4), (back.ImageWidth, back.ImageHeight, back.Components));
        Assert.Equal(basis.Source, back.Source);
        back.Require(basis);
    }

    [Fact]
    public void A_layout_of_another_basis_is_refused_with_the_difference_named()
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(1, pictures: 1);
        using var basis = Toy.Fit(Toy.Plain(), features);
        using var refit = Toy.Fit(Toy.Plain(), Toy.Features(2));
        using var narrow = Toy.Fit(Toy.Plain(3), features);
        using var layout = basis.Layout(features, 72, 56);
        Assert.Contains("another fit", Assert.Throws<LumenException>(() => layout.Require(refit)).Message);
        Assert.Contains("4 components against 3", Assert.Throws<LumenException>(() => layout.Require(narrow)).Message);
        var elsewhere = Toy.Source with { Layer = "up_blocks[2]", Timestep = 261 };
        using var foreign = new NeuralLayout(layout.Map, basis.Hash[1..], elsewhere, 72, 56);
        var fault = Assert.Throws<LumenException>(() => foreign.Require(basis));
        Assert.Contains("layer up_blocks[2] against up_blocks[1], timestep 261 against 100", fault.Message);
        Assert.Contains("timestep 100 against 261", Assert.Throws<LumenException>(() => basis.Require(elsewhere)).Message);
        basis.Require(Toy.Source);
    }

    [Fact]
    public void Fewer_components_keep_the_shape_and_more_are_refused()
    {
        using var scope = NewDisposeScope();
        var features = Toy.Features(1, pictures: 1);
        using var basis = Toy.Fit(Toy.Plain(), features);
        using var layout = basis.Layout(features, 72, 56);
        using var two = layout.First(2);
        Assert.Equal(layout.Map.shape, two.Map.shape);
        TensorAssert.Same(layout.Map.narrow(0, 0, 2), two.Map.narrow(0, 0, 2));
        TensorAssert.Same(zeros(2, 7, 9), two.Map.narrow(0, 2, 2));
        Assert.Contains(
            "5 layout components were asked for, but the basis has 1 to 4",
            Assert.Throws<LumenException>(() => layout.First(5)).Message
        );
    }

    [Fact]
    public void Other_safetensors_files_are_not_taken_for_layouts()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        Refused("b", "weight", ones(2, 3, 4), "is not a neural layout");
        Refused("c", "layout", ones(2, 3, 4), "lumen.basis_hash");
        Refused("d", "layout", ones(2, 3, 4) / 0, "not finite");
        Refused("e", "layout", ones(3, 4), "[N, h, w]");
        PngWriter.WriteRgb(folder.File("f.png"), TinyModels.Scene(0));
        Assert.Contains("is not a neural layout", Assert.Throws<LumenException>(() => NeuralLayout.Load(folder.File("f.png"))).Message);

        void Refused(string file, string name, Tensor tensor, string because)
        {
            SafetensorsWriter.Write(folder.File($"{file}.safetensors"), [new(name, tensor)]);
            Assert.Contains(because, Assert.Throws<LumenException>(() => NeuralLayout.Load(folder.File($"{file}.safetensors"))).Message);
        }
    }

    [Fact]
    public void A_feature_source_survives_json_and_names_every_difference()
    {
        var source = Toy.Source with { Facet = "key", NoiseSeed = ulong.MaxValue };
        Assert.Equal(source, FeatureSource.FromJson(source.ToJson()));
        Assert.Null(source.DifferenceTo(source with { Ensemble = 8 }));
        var other = source with
        {
            Backbone = "dinov2-vits14",
            WeightsHash = new string('b', 64),
            Facet = null,
            ImageSize = 518,
            Channels = 384,
        };
        var difference = source.DifferenceTo(other);
        foreach (
            var part in new[]
            {
                "backbone toy against dinov2-vits14",
                "weights aaaaaaaaaaaa against bbbbbbbbbbbb",
                "facet key against none",
                "image size 64 against 518",
                "channels 12 against 384",
            }
        )
            Assert.Contains(part, difference);
        Assert.Throws<LumenException>(() => FeatureSource.FromJson("{}"));
        Assert.Throws<LumenException>(() => FeatureSource.FromJson("nonsense"));
        Assert.Throws<LumenException>(() => FeatureSource.FromJson("null"));
    }
}
