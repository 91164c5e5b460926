using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Vision;
using Lumen.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Vision;

/// <summary>Features of pictures: size, normalisation, layer and facet are the extractor's business.</summary>
public sealed class VisionTransformerFeaturesTests : IDisposable
{
    private readonly VisionBackbone _dino = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder("dino/p8"), Placement.Reference);
    private readonly VisionBackbone _dinov2 = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder("dinov2/reg4"), Placement.Reference);
    private readonly VisionBackbone _clip = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder("clip_vision/p16"), Placement.Reference);
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _dino.Dispose();
        _dinov2.Dispose();
        _clip.Dispose();
    }

    [Fact]
    public void A_family_has_its_usual_layer_and_facet()
    {
        Assert.Equal(("blocks[2]", "key", 32, 24, -1), Described(_dino));
        Assert.Equal(("blocks[1]", "token", 70, 16, -1), Described(_dinov2));
        Assert.Equal(("blocks[1]", "token", 64, 24, -1), Described(_clip)); // the second-last of three

        static (string, string?, int, int, int) Described(VisionBackbone backbone)
        {
            var source = VisionTransformerFeatures.SourceOf(backbone);
            return (source.Layer, source.Facet, source.ImageSize, source.Channels, source.Timestep);
        }
    }

    [Fact]
    public void Colours_are_normalised_and_the_grid_is_cut_from_the_tokens()
    {
        var pictures = Pictures(2, 32, 32);
        var pixels =
            (pictures / 2 + 0.5 - tensor([0.485f, 0.456f, 0.406f]).view(1, 3, 1, 1)) / tensor([0.229f, 0.224f, 0.225f]).view(1, 3, 1, 1);
        var want = _dino.Network.Facet(pixels, 1, VisionFacet.Value).narrow(1, 1, 16).view(2, 4, 4, 24).permute(0, 3, 1, 2);
        TensorAssert.Close(want, Features(_dino, "1", "value").Extract(pictures, [0, 1]), 1e-6, 1e-6);
        var normed = _dino.Network.Norm(_dino.Network.HiddenStates(pixels, 3)).narrow(1, 1, 16).view(2, 4, 4, 24).permute(0, 3, 1, 2);
        TensorAssert.Close(normed, Features(_dino, "-1", "token").Extract(pictures, [0, 1]), 1e-6, 1e-6);
    }

    [Fact]
    public void Clip_tokens_come_without_the_final_norm_and_registers_are_left_out()
    {
        var pictures = Pictures(1, 64, 64);
        var pixels =
            (pictures / 2 + 0.5 - tensor([0.48145466f, 0.4578275f, 0.40821073f]).view(1, 3, 1, 1))
            / tensor([0.26862954f, 0.26130258f, 0.27577711f]).view(1, 3, 1, 1);
        TensorAssert.Close(
            _clip.Network.HiddenStates(pixels, 3).narrow(1, 1, 16).view(1, 4, 4, 24).permute(0, 3, 1, 2),
            Features(_clip, "2", "token").Extract(pictures, [0]),
            1e-6,
            1e-6
        );
        Assert.Equal([1, 16, 5, 5], Features(_dinov2).Extract(Pictures(1, 70, 70), [0]).shape);
    }

    [Theory]
    [InlineData(32, 32, 4, 4)]
    [InlineData(48, 80, 4, 7)] // 32 x 53.3 pixels are 4 x 6.7 patches
    [InlineData(500, 333, 6, 4)]
    [InlineData(5, 7, 4, 6)]
    public void Pictures_of_any_size_are_brought_to_whole_patches(int height, int width, int rows, int columns) =>
        Assert.Equal([1, 24, rows, columns], Features(_dino).Extract(Pictures(1, height, width), [0]).shape);

    [Fact]
    public void A_larger_size_gives_a_finer_grid() =>
        Assert.Equal([1, 24, 12, 12], Features(_dino, size: 96).Extract(Pictures(1, 64, 64), [0]).shape);

    [Fact]
    public void A_pictures_features_do_not_depend_on_its_batch()
    {
        var pictures = Pictures(3, 40, 56);
        var features = Features(_dinov2);
        TensorAssert.Close(features.Extract(pictures, [0, 1, 2])[1..2], features.Extract(pictures[1..2], [5]), 1e-5, 1e-5);
    }

    [Theory]
    [InlineData("token", 0)]
    [InlineData("key", 1)]
    [InlineData("query", 2)]
    public void Nothing_behind_the_layer_is_computed(string facet, int layer)
    {
        var before = Features(_dino, $"{layer}", facet).Extract(Pictures(1, 32, 32), [0]);
        using var frozen = no_grad();
        foreach (var (name, weight) in _dino.Network.state_dict())
        {
            var block = name.StartsWith("blocks.", StringComparison.Ordinal) ? int.Parse(name.Split('.')[1]) : -1;
            var unused =
                block > layer
                || (
                    block == layer
                    && facet != "token"
                    && !name.Contains("norm1", StringComparison.Ordinal)
                    && !name.Contains("qkv", StringComparison.Ordinal)
                );
            if (unused)
                weight.fill_(float.NaN);
        }
        TensorAssert.Same(before, Features(_dino, $"{layer}", facet).Extract(Pictures(1, 32, 32), [0]));
    }

    [Theory]
    [InlineData("3", null, null, "The layer \"3\" is not known; dino-vit24x3-8 has the layers 0 to 2, or -3 to -1 from the end")]
    [InlineData("-4", null, null, "The layer \"-4\" is not known")]
    [InlineData("up_blocks[1]", null, null, "The layer \"up_blocks[1]\" is not known")]
    [InlineData("blocks[x]", null, null, "The layer \"blocks[x]\" is not known")]
    [InlineData(null, "keys", null, "The facet \"keys\" is not known; dino-vit24x3-8 has token, key, query and value")]
    [InlineData(null, "1", null, "The facet \"1\" is not known")]
    [InlineData(null, null, 30, "must be a multiple of its patch, 8 pixels, but is 30. 32 would do")]
    [InlineData(null, null, 0, "must be a multiple of its patch, 8 pixels, but is 0. 8 would do")]
    public void What_a_backbone_does_not_have_is_refused(string? layer, string? facet, int? size, string sentence)
    {
        var fault = Assert.Throws<LumenException>(() => VisionTransformerFeatures.SourceOf(_dino, layer, facet, size));
        Assert.Contains(sentence, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_of_other_weights_is_refused_with_the_difference_named()
    {
        var source = VisionTransformerFeatures.SourceOf(_dino, "1", "key") with { WeightsHash = "0123456789abcdef" };
        var fault = Assert.Throws<LumenException>(() => new VisionTransformerFeatures(_dino, source));
        Assert.Contains($"weights {_dino.WeightsHash[..12]} against 0123456789ab", fault.Message, StringComparison.Ordinal);
        fault = Assert.Throws<LumenException>(() =>
            new VisionTransformerFeatures(_dinov2, VisionTransformerFeatures.SourceOf(_dino, "1", "key", 56))
        );
        Assert.Contains("backbone dinov2-vit16x2-14-reg4 against dino-vit24x3-8", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_would_have_too_many_patches_is_refused()
    {
        var fault = Assert.Throws<LumenException>(() => Features(_dino).Extract(zeros(1, 3, 1, 5000), [0]));
        Assert.Contains("A picture of 5000 x 1 would have 20000 x 4 patches", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extracting_leaves_no_tensor()
    {
        var (features, pictures) = (Features(_dinov2), Pictures(1, 40, 40));
        TensorLeak.Check(() => features.Extract(pictures, [0]).Dispose());
    }

    private static VisionTransformerFeatures Features(
        VisionBackbone backbone,
        string? layer = null,
        string? facet = null,
        int? size = null
    ) => new(backbone, VisionTransformerFeatures.SourceOf(backbone, layer, facet, size));

    private static Tensor Pictures(long count, long height, long width) => new RandomStream(7).Uniform(count, 3, height, width) * 2 - 1;
}
