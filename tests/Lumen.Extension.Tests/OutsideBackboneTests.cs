using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Samples.Extension;
using Lumen.Testing;
using TorchSharp;
using Xunit;

namespace Lumen.Extension.Tests;

public sealed class OutsideBackboneTests(OutsideModel outside) : IClassFixture<OutsideModel>
{
    [Fact]
    public void An_adapter_folder_that_names_an_outside_backbone_opens_and_makes_pictures()
    {
        var weights = outside.WriteBackbone("grid");
        var folder = outside.File("adapter");
        TinyModels.WriteAdapter(folder, outside.Folder, backbone: weights, registry: OutsideModel.Registry);
        using var model = OutsideModel.Open(outside.Folder);
        using var backbone = VisionBackboneFile.Open(weights, model.Placement, registry: model.Registry);
        using var adapter = LayoutAdapter.Load(folder, model, backbone);
        var generator = new ImageGenerator(model, adapter);
        using var layout = generator.ExtractLayout(TinyModels.Scene(7));
        Assert.Equal(
            ("grid-6x8", "head", TinyModels.Components),
            (layout.Layout.Source.Backbone, layout.Layout.Source.Layer, layout.Layout.Components)
        );
        Assert.Equal([TinyModels.Components, 4, 4], layout.Layout.Map.shape);
        var options = new GenerationOptions { NumInferenceSteps = 2, GuidanceScale = 1 };
        var picture = generator.Generate(GenerationRequest.For(layout, "a street at night"), options)[0];
        var without = generator.Generate(GenerationRequest.For(layout, "a street at night") with { Layout = null }, options)[0];
        Assert.NotEqual(without.Rgb, picture.Rgb);
    }

    [Fact]
    public void Its_features_are_those_of_the_weights_under_their_own_names()
    {
        var weights = outside.WriteBackbone("values", seed: 3);
        using var scope = torch.NewDisposeScope();
        using var backbone = VisionBackboneFile.Open(weights, Placement.Reference, registry: OutsideModel.Registry);
        var image = new RandomStream(5).Uniform(1, 3, 32, 32) * 2 - 1;
        var found = backbone.FeaturesOf(backbone.SourceOf()).Extract(image, [0]);
        using var file = Checkpoint.Open(weights);
        var cells = torch.nn.functional.conv2d(image, file.Read("stem.conv.weight"), file.Read("stem.conv.bias"), strides: [8, 8]);
        var wanted = torch.nn.functional.conv2d(torch.nn.functional.gelu(cells), file.Read("mix.weight"), file.Read("mix.bias"));
        Assert.True(torch.allclose(wanted, found, rtol: 1e-5, atol: 1e-5));
    }

    [Fact]
    public void Without_the_registry_its_weights_are_refused_by_name_and_other_weights_of_it_do_not_fit_its_basis()
    {
        var weights = outside.WriteBackbone("refused");
        var unknown = Assert.Throws<LumenException>(() => VisionBackboneFile.Open(weights, Placement.Reference)).Message;
        Assert.Contains("mix.weight", unknown, StringComparison.Ordinal);
        Assert.DoesNotContain("grid (", unknown, StringComparison.Ordinal);
        using var one = VisionBackboneFile.Open(weights, Placement.Reference, registry: OutsideModel.Registry);
        using var other = VisionBackboneFile.Open(
            outside.WriteBackbone("other", seed: 2),
            Placement.Reference,
            registry: OutsideModel.Registry
        );
        Assert.Contains("weights", Assert.Throws<LumenException>(() => other.FeaturesOf(one.SourceOf())).Message, StringComparison.Ordinal);
        Assert.Contains(
            "grid",
            Assert.Throws<LumenException>(() => OutsideModel.Registry.With(new GridBackboneType())).Message,
            StringComparison.Ordinal
        );
    }
}
