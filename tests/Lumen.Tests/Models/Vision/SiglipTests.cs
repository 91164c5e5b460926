using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Vision;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Vision;

/// <summary>What SigLIP has that the other families have not; its numbers are a reference case.</summary>
public sealed class SiglipTests : IDisposable
{
    private const string Embeddings = "vision_model.embeddings.";
    private readonly TempFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Its_features_are_the_normed_tokens_of_pictures_in_their_own_range()
    {
        using var backbone = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder("siglip/p8/hf"), Placement.Reference);
        Assert.Equal((0, "siglip", null), (backbone.Network.PrefixTokens, backbone.Family, backbone.Assumption));
        var image = new RandomStream(3).Uniform(1, 3, 32, 48) * 2 - 1;
        var features = backbone.FeaturesOf(backbone.SourceOf()).Extract(image, [0]);
        Assert.Equal([1, 24, 4, 6], features.shape);
        // mean 0.5 and deviation 0.5 of [0, 1] are -1...1 as it is
        var tokens = backbone.Network.Norm(backbone.Network.HiddenStates(image, 3));
        Assert.True(allclose(tokens.transpose(1, 2).unflatten(2, [4, 6]), features, rtol: 1e-5, atol: 1e-5));
    }

    [Fact]
    public void The_pooling_head_and_the_text_tower_are_left_out_and_nothing_else_is()
    {
        var folder = BackboneFile.Write(_folder.File("more"), "siglip/p8/hf", tensors => tensors["vision_model.extra.weight"] = zeros(2));
        var fault = Assert.Throws<LumenException>(() => VisionBackboneFile.Open(folder, Placement.Reference)).Message;
        Assert.Contains("vision_model.extra.weight", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("head.probe", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void SigLIP_2_for_pictures_of_any_shape_is_refused_by_name()
    {
        var folder = BackboneFile.Write(
            _folder.File("naflex"),
            "siglip/p8/hf",
            tensors => tensors[Embeddings + "patch_embedding.weight"] = tensors[Embeddings + "patch_embedding.weight"].flatten(1)
        );
        var fault = Assert.Throws<LumenException>(() => VisionBackboneFile.Open(folder, Placement.Reference));
        Assert.Contains("NaFlex", fault.Message, StringComparison.Ordinal);
        Assert.Equal(LumenErrorKind.Model, fault.Kind);
    }

    [Fact]
    public void A_network_with_a_class_token_under_the_same_names_is_refused_by_name()
    {
        var folder = BackboneFile.Write(
            _folder.File("blip"),
            "siglip/p8/hf",
            tensors => tensors[Embeddings + "class_embedding"] = zeros(24)
        );
        var fault = Assert.Throws<LumenException>(() => VisionBackboneFile.Open(folder, Placement.Reference)).Message;
        Assert.Contains("BLIP", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(768, "siglip-vitb16", 12)]
    [InlineData(1024, "siglip-vitl16", 16)]
    [InlineData(1152, "siglip-vitso400m16", 16)]
    [InlineData(1536, "siglip-vitg16", 16)]
    public void Weights_alone_tell_size_and_heads(long width, string name, int heads)
    {
        var shapes = new Dictionary<string, IReadOnlyList<long>>
        {
            [Embeddings + "patch_embedding.weight"] = [width, 3, 16, 16],
            [Embeddings + "patch_embedding.bias"] = [width],
            [Embeddings + "position_embedding.weight"] = [256, width],
            ["vision_model.encoder.layers.0.layer_norm1.weight"] = [width],
            ["vision_model.encoder.layers.0.mlp.fc1.weight"] = [4 * width, width],
        };
        var found = BackboneWeights.Recognise(shapes, null, "it");
        Assert.Equal(
            (name, heads, VisionFeedForward.GeluTanh, false),
            (found.Name, found.Config.Heads, found.Config.FeedForward, found.Config.ClassToken)
        );
    }
}
