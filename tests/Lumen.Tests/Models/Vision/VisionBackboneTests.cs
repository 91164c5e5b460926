using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Vision;
using Lumen.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Vision;

/// <summary>Weights as users have them: recognised, loaded exactly, or refused with the reason.</summary>
public sealed class VisionBackboneTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("dino/p8", "dino-vit24x3-8")]
    [InlineData("dinov2/reg4", "dinov2-vit16x2-14-reg4")]
    [InlineData("dinov2/swiglu", "dinov2-vit18x2-14")]
    [InlineData("clip_vision/p16", "clip-vit24x3-16")]
    [InlineData("siglip/p8", "siglip-vit24x3-8")]
    public void One_network_is_the_same_backbone_under_every_naming_and_stored_type(string golden, string name)
    {
        using var original = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder(golden), Placement.Reference);
        using var hub = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder($"{golden}/hf"), Placement.Reference);
        Assert.Equal(name, original.Weights.Name);
        Assert.Equal((original.Weights.Name, original.WeightsHash), (hub.Weights.Name, hub.WeightsHash));
        Assert.NotEqual(original.Weights.Naming.Name, hub.Weights.Naming.Name);
    }

    [Fact]
    public void Weights_alone_tell_the_heads_of_published_sizes()
    {
        var path = WriteSmall(_folder.File("vits.safetensors"), width: 384, patch: 16);
        using var backbone = (VisionBackbone)VisionBackboneFile.Open(path, Placement.Reference);
        Assert.Equal(("dino-vits16", 6), (backbone.Weights.Name, backbone.Network.Config.Heads));
    }

    [Fact]
    public void Weights_of_an_unusual_width_need_their_configuration()
    {
        var folder = BackboneFile.Write(_folder.File("plain"), "dino/p8");
        var fault = Assert.Throws<LumenException>(() =>
            VisionBackboneFile.Open(Path.Combine(folder, "model.safetensors"), Placement.Reference)
        );
        Assert.Contains(
            "the number of attention heads cannot be told from weights of width 24. Give the folder that holds config.json",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Timms_names_of_registers_and_gates_are_read_too()
    {
        var pixels = new RandomStream(1).Normal(1, 3, 70, 98);
        using var original = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder("dinov2/reg4"), Placement.Reference);
        using var timm = (VisionBackbone)
            VisionBackboneFile.Open(
                BackboneFile.Write(
                    _folder.File("reg"),
                    "dinov2/reg4",
                    tensors =>
                    {
                        // As timm converts: the class token takes its position in, the mask token is left out.
                        tensors["reg_token"] = tensors["register_tokens"];
                        tensors["cls_token"] = tensors["cls_token"] + tensors["pos_embed"].narrow(1, 0, 1);
                        tensors["pos_embed"] = tensors["pos_embed"].narrow(1, 1, tensors["pos_embed"].shape[1] - 1);
                        foreach (var name in new[] { "register_tokens", "mask_token" })
                            tensors.Remove(name);
                    }
                ),
                Placement.Reference
            );
        TensorAssert.Close(original.Network.HiddenStates(pixels, 2), timm.Network.HiddenStates(pixels, 2), 1e-6, 1e-6);

        using var gated = (VisionBackbone)
            VisionBackboneFile.Open(
                BackboneFile.Write(
                    _folder.File("gated"),
                    "dinov2/swiglu",
                    tensors =>
                    {
                        foreach (var name in tensors.Keys.Where(name => name.Contains(".mlp.", StringComparison.Ordinal)).ToArray())
                        {
                            tensors[name.Replace("w12", "fc1", StringComparison.Ordinal).Replace("w3", "fc2", StringComparison.Ordinal)] =
                                tensors[name];
                            tensors.Remove(name);
                        }
                    }
                ),
                Placement.Reference
            );
        using var official = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder("dinov2/swiglu"), Placement.Reference);
        Assert.Equal(official.WeightsHash, gated.WeightsHash);
    }

    [Fact]
    public void A_backbone_inside_a_larger_file_is_found_behind_its_prefix()
    {
        using var alone = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder("dino/p8"), Placement.Reference);
        using var inside = (VisionBackbone)
            VisionBackboneFile.Open(
                BackboneFile.Write(_folder.File("inside"), "dino/p8", tensors => Prefix(tensors, "backbone.")),
                Placement.Reference
            );
        Assert.Equal(alone.WeightsHash, inside.WeightsHash);
    }

    [Theory]
    [InlineData("dino/p8", "", "decoder_embed.weight", "mask_token")]
    [InlineData("dino/p8/hf", "vit.", "decoder.decoder_embed.weight", "decoder.mask_token")]
    public void A_masked_autoencoder_is_told_from_dino_by_its_decoder(string golden, string prefix, string marker, string mask)
    {
        using var mae = (VisionBackbone)
            VisionBackboneFile.Open(
                BackboneFile.Write(
                    _folder.File("mae"),
                    golden,
                    tensors =>
                    {
                        if (prefix.Length > 0)
                            Prefix(tensors, prefix);
                        tensors.Remove("head.weight");
                        (tensors[marker], tensors[mask]) = (zeros(16, 24), zeros(1, 1, 16));
                    }
                ),
                Placement.Reference
            );
        using var dino = (VisionBackbone)VisionBackboneFile.Open(Golden.Folder("dino/p8"), Placement.Reference);
        Assert.Equal("mae-vit24x3-8", mae.Weights.Name);
        var pixels = new RandomStream(1).Normal(1, 3, 32, 32);
        // the same encoder at the size it was trained on
        TensorAssert.Close(dino.Network.HiddenStates(pixels, 3), mae.Network.HiddenStates(pixels, 3), 1e-6, 1e-6);
    }

    [Fact]
    public void Several_networks_in_one_file_are_refused()
    {
        var folder = BackboneFile.Write(
            _folder.File("twins"),
            "dino/p8",
            tensors =>
            {
                var copy = tensors.ToDictionary();
                Prefix(tensors, "student.");
                foreach (var (name, tensor) in copy)
                    tensors[$"teacher.{name}"] = tensor;
            }
        );
        Refused(folder, "holds several networks of the family dino (under student. and teacher.); expected one");
    }

    [Fact]
    public void Unknown_weights_are_refused_with_the_markers_of_the_known_ones()
    {
        Directory.CreateDirectory(_folder.File("other"));
        SafetensorsWriter.Write(_folder.File("other/model.safetensors"), [new("conv1.weight", zeros(4, 3, 3, 3))]);
        Refused(
            _folder.File("other"),
            "holds no backbone that is known here",
            "dino (blocks.0.attn.qkv.weight or encoder.layer.0.layernorm_before.weight)",
            "the first are conv1.weight"
        );
    }

    [Fact]
    public void A_tensor_of_another_shape_is_named_under_the_files_own_name()
    {
        var folder = BackboneFile.Write(
            _folder.File("shape"),
            "dino/p8/hf",
            tensors => tensors["encoder.layer.1.attention.attention.key.weight"] = zeros(24, 23)
        );
        Refused(
            folder,
            "does not fit dino-vit24x3-8",
            "shape       encoder.layer.1.attention.attention.key.weight: model [24, 24], file [24, 23]"
        );
    }

    [Fact]
    public void Missing_and_unexpected_tensors_are_named()
    {
        var folder = BackboneFile.Write(
            _folder.File("keys"),
            "dinov2/vit",
            tensors =>
            {
                tensors.Remove("blocks.1.ls2.gamma");
                tensors["head.weight"] = zeros(10, 18);
            }
        );
        Refused(folder, "missing     blocks.1.ls2.gamma [18]", "unexpected  head.weight [10, 18]");
    }

    [Theory]
    [InlineData("cls_token", "missing     cls_token")]
    [InlineData("pos_embed", "has no tensor pos_embed, which these weights need")]
    [InlineData("patch_embed.proj.weight", "has no tensor patch_embed.proj.weight, which these weights need")]
    [InlineData("blocks.0.mlp.fc1.weight", "has no tensor blocks.0.mlp.fc1.weight, which these weights need")]
    public void Weights_that_lack_a_part_are_refused(string tensor, string sentence) =>
        Refused(BackboneFile.Write(_folder.File("lacking"), "dino/p8", tensors => tensors.Remove(tensor)), sentence);

    [Theory]
    [InlineData("pos_embed", 18, "expected a row for each patch of a square grid")]
    [InlineData("patch_embed.proj.weight", 8, "expected [D, 3, p, p]")]
    public void Shapes_that_no_network_has_are_refused(string tensor, int size, string sentence) =>
        Refused(
            BackboneFile.Write(
                _folder.File("odd"),
                "dino/p8",
                tensors => tensors[tensor] = tensor == "pos_embed" ? zeros(1, size + 1, 24) : zeros(24, 3, size, 9)
            ),
            sentence
        );

    [Theory]
    [InlineData("\"num_heads\": 3", "\"num_heads\": 5", "config.json says 5 attention heads, which do not divide the width 24")]
    [InlineData("\"embed_dim\": 24", "\"embed_dim\": 32", "config.json says a width of 32, but the weights have 24")]
    [InlineData("\"depth\": 3", "\"depth\": 4", "config.json says a number of layers of 4, but the weights have 3")]
    [InlineData("\"qkv_bias\": true", "\"qkv_bias\": false", "qkv_bias: false is not supported")]
    [InlineData("\"layer_norm_eps\": 1e-06", "\"layer_norm_eps\": 0", "layer_norm_eps must lie between 0 and 1 but is 0")]
    public void A_configuration_that_contradicts_the_weights_is_refused(string before, string after, string sentence)
    {
        var folder = BackboneFile.Write(_folder.File("config"), "dino/p8");
        var path = Path.Combine(folder, "config.json");
        Assert.Contains(before, File.ReadAllText(path), StringComparison.Ordinal);
        File.WriteAllText(path, File.ReadAllText(path).Replace(before, after, StringComparison.Ordinal));
        Refused(folder, sentence);
    }

    [Fact]
    public void Another_family_than_the_expected_one_is_refused()
    {
        var fault = Assert.Throws<LumenException>(() => VisionBackboneFile.Open(Golden.Folder("dino/p8"), Placement.Reference, "dinov2"));
        Assert.Contains(
            "holds dino-vit24x3-8, not a network of the family dinov2. Give `Backbone` dino",
            fault.Message,
            StringComparison.Ordinal
        );
    }

    private static void Refused(string folder, params string[] sentences)
    {
        var fault = Assert.Throws<LumenException>(() => VisionBackboneFile.Open(folder, Placement.Reference));
        Assert.All(sentences, sentence => Assert.Contains(sentence, fault.Message, StringComparison.Ordinal));
    }

    private static void Prefix(Dictionary<string, Tensor> tensors, string prefix)
    {
        foreach (var (name, tensor) in tensors.ToArray())
        {
            tensors[prefix + name] = tensor;
            tensors.Remove(name);
        }
        tensors["head.weight"] = zeros(4, 4); // not the backbone's
    }

    // One block of a real width.
    private static string WriteSmall(string path, long width, int patch)
    {
        using var network = new VisionTransformer(
            new VisionTransformerConfig
            {
                Width = width,
                Depth = 1,
                Heads = (int)width / 64,
                Patch = patch,
                Grid = 2,
                Hidden = 8,
            },
            Placement.Reference
        );
        SafetensorsWriter.Write(path, network.state_dict());
        return path;
    }
}
