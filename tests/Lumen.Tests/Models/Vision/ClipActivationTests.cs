using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Vision;
using Lumen.Pretrained;
using Lumen.Testing;
using Lumen.Tests.Cli;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Vision;

/// <summary>OpenAI's and OpenCLIP's weights have the same names and shapes, but not the same activation.</summary>
public sealed class ClipActivationTests : IDisposable
{
    private const string Sizes =
        "\"vision_cfg\": {\"image_size\": 64, \"layers\": 3, \"width\": 24, \"head_width\": 6, \"patch_size\": 16}";
    private readonly TempFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("config.json", """{"hidden_size": 24, "num_attention_heads": 4, "hidden_act": "gelu"}""", "gelu")]
    [InlineData("config.json", """{"hidden_size": 24, "num_attention_heads": 4, "hidden_act": "quick_gelu"}""", "quick_gelu")]
    [InlineData("config.json", """{"hidden_size": 24, "num_attention_heads": 4}""", "quick_gelu")]
    [InlineData("open_clip_config.json", $$"""{"model_cfg": {"embed_dim": 20, {{Sizes}}, "text_cfg": {"width": 512} } }""", "gelu")]
    [InlineData("open_clip_config.json", $$"""{"model_cfg": {"embed_dim": 20, "quick_gelu": false, {{Sizes}} } }""", "gelu")]
    [InlineData("open_clip_config.json", $$"""{"model_cfg": {"embed_dim": 20, "quick_gelu": true, {{Sizes}} } }""", "quick_gelu")]
    public void The_configuration_beside_the_weights_says_which_it_is(string file, string config, string activation)
    {
        using var backbone = (VisionBackbone)VisionBackboneFile.Open(Write(file, config), Placement.Reference);
        Assert.Equal(
            (activation, false, 4),
            (backbone.Weights.Activation, backbone.Weights.IsActivationAssumed, backbone.Network.Config.Heads)
        );
        Assert.Equal(activation == "gelu" ? VisionFeedForward.Gelu : VisionFeedForward.QuickGelu, backbone.Network.Config.FeedForward);
    }

    [Fact]
    public void The_activation_changes_the_features()
    {
        var pixels = new RandomStream(1).Normal(1, 3, 64, 64);
        Tensor Features(string? activation)
        {
            using var backbone = (VisionBackbone)
                VisionBackboneFile.Open(
                    Write("config.json", """{"num_attention_heads": 4}"""),
                    Placement.Reference,
                    activation: activation
                );
            return backbone.Network.HiddenStates(pixels, 3);
        }

        TensorAssert.Same(Features(null), Features("quick_gelu"));
        Assert.True((Features("gelu") - Features("quick_gelu")).abs().max().item<float>() > 1e-4);
    }

    [Fact]
    public void Open_clip_tells_mean_and_deviation_of_colours_too()
    {
        var config = $$"""{"model_cfg": { {{Sizes}} }, "preprocess_cfg": {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.5]} }""";
        using var backbone = (VisionBackbone)VisionBackboneFile.Open(Write("open_clip_config.json", config), Placement.Reference);
        var normal = backbone.Weights.Family.Normalise(zeros(1, 3, 1, 1)); // grey, 0.5
        TensorAssert.Close(tensor(new[] { 0f, 0.4f, 0.4f }), normal.flatten(), 1e-6, 1e-5);
    }

    [Fact]
    public void A_folder_as_open_clip_publishes_it_opens_with_its_own_configuration()
    {
        var folder = Write("open_clip_config.json", $$"""{"model_cfg": { {{Sizes}} } }""");
        File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "open_clip_model.safetensors"));
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            """{"vision_config": {"hidden_act": "quick_gelu", "num_attention_heads": 4}}"""
        );
        foreach (var path in new[] { folder, Path.Combine(folder, "open_clip_model.safetensors") })
        {
            using var backbone = (VisionBackbone)VisionBackboneFile.Open(path, Placement.Reference);
            Assert.Equal("gelu", backbone.Weights.Activation);
        }
        Assert.Contains("activation gelu", ModelInspector.Inspect(folder).Parts[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_of_open_clip_that_are_computed_in_another_way_are_refused()
    {
        var fault = Assert.Throws<LumenException>(() =>
            VisionBackboneFile.Open(
                Write(
                    "open_clip_config.json",
                    $$"""{"model_cfg": {"vision_cfg": {"no_ln_pre": true, "timm_model_name": "vit", "width": 24} } }"""
                ),
                Placement.Reference
            )
        );
        Assert.Contains("no_ln_pre", fault.Message, StringComparison.Ordinal);
        Assert.Contains("timm_model_name", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_says_it_the_inspection_and_the_fit_say_what_was_assumed()
    {
        var weights = WriteWide(_folder.File("bare.safetensors"));
        Assert.Contains("activation quick_gelu (assumed", ModelInspector.Inspect(weights).Parts[0].Detail, StringComparison.Ordinal);
        var pictures = Pictures();
        var fit = CommandLine.Run(
            "layout",
            "fit",
            "--images",
            pictures,
            "--backbone",
            "clip",
            "--weights",
            weights,
            "--components",
            "2",
            "--output-dir",
            _folder.File("assumed")
        );
        Assert.True(fit.Code == 0, fit.Error);
        Assert.Contains(
            "warning: Neither config.json nor open_clip_config.json is beside the weights",
            fit.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("quick_gelu is assumed", fit.Error, StringComparison.Ordinal);
        var told = CommandLine.Run(
            "layout",
            "fit",
            "--images",
            pictures,
            "--backbone",
            "clip",
            "--weights",
            weights,
            "--activation",
            "gelu",
            "--components",
            "2",
            "--output-dir",
            _folder.File("told")
        );
        Assert.True(told.Code == 0, told.Error);
        Assert.DoesNotContain("warning: Neither", told.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_basis_remembers_the_activation_it_was_fitted_with()
    {
        var weights = WriteWide(_folder.File("bare.safetensors"));
        using var gelu = (VisionBackbone)VisionBackboneFile.Open(weights, Placement.Reference, activation: "gelu");
        var source = VisionTransformerFeatures.SourceOf(gelu);
        Assert.Equal(source, FeatureSource.FromJson(source.ToJson()));
        using var assumed = (VisionBackbone)VisionBackboneFile.Open(weights, Placement.Reference);
        Assert.Equal("quick_gelu", assumed.Weights.Activation);
        var image = new RandomStream(2).Normal(1, 3, 64, 64).clamp(-1, 1);
        using var features = VisionBackboneFile.FeaturesOf(assumed, source).Extract(image, [0]); // takes over what the basis says
        using var wanted = VisionBackboneFile.FeaturesOf(gelu, source).Extract(image, [0]);
        TensorAssert.Same(wanted, features);
        using var quick = (VisionBackbone)VisionBackboneFile.Open(weights, Placement.Reference, activation: "quick_gelu");
        Assert.Contains(
            "activation quick_gelu against gelu",
            Assert.Throws<LumenException>(() => VisionBackboneFile.FeaturesOf(quick, source)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(1280, 16)]
    [InlineData(1024, 16)]
    [InlineData(768, 12)]
    public void The_largest_published_networks_have_wider_heads(long width, int heads)
    {
        var shapes = new Dictionary<string, IReadOnlyList<long>>
        {
            ["visual.conv1.weight"] = [width, 3, 14, 14],
            ["visual.positional_embedding"] = [257, width],
            ["visual.class_embedding"] = [width],
            ["visual.transformer.resblocks.0.ln_1.weight"] = [width],
            ["visual.transformer.resblocks.0.mlp.c_fc.weight"] = [4 * width, width],
        };
        Assert.Equal(heads, BackboneWeights.Recognise(shapes, null, "it").Config.Heads);
    }

    private string Write(string file, string config)
    {
        var folder = BackboneFile.Write(_folder.File(Guid.NewGuid().ToString("N")), "clip_vision/p16");
        File.Delete(Path.Combine(folder, "config.json"));
        File.WriteAllText(Path.Combine(folder, file), config);
        return folder;
    }

    // Of a width that tells its heads, so that no configuration is needed; under OpenAI's names.
    private static string WriteWide(string path)
    {
        using var network = new VisionTransformer(
            new VisionTransformerConfig
            {
                Width = 64,
                Depth = 3,
                Heads = 1,
                Patch = 16,
                Grid = 4,
                Hidden = 16,
                PreNorm = true,
                FeedForward = VisionFeedForward.QuickGelu,
            },
            Placement.Reference
        );
        network.Initialise(new RandomStream(3));
        var naming = BackboneFamilies.All.First(family => family.Name == "clip").Namings[0];
        Lumen.Core.Checkpoints.SafetensorsWriter.Write(path, naming.View(network.state_dict(), _ => true));
        return path;
    }

    private string Pictures()
    {
        var folder = _folder.File("pictures");
        Directory.CreateDirectory(folder);
        for (var index = 0; index < 3; index++)
            PngWriter.WriteRgb(Path.Combine(folder, $"{index}.png"), TinyModels.Scene(index, 64, 64));
        return folder;
    }
}
