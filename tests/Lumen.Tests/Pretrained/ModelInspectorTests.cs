using Lumen.Models.Autoencoding;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Pretrained;

public class ModelInspectorTests
{
    [Theory]
    [InlineData("sd15_unet", "Stable Diffusion 1.x", 859_520_964, "clip_vit_l14_text")]
    [InlineData("sd21_unet", "Stable Diffusion 2.x, predicts v, 768 x 768 pixels", 865_910_724, "sd21_openclip_h_text")]
    public void A_published_single_file_is_named_with_its_family_and_its_published_size(
        string unet,
        string family,
        long parameters,
        string text
    )
    {
        using var folder = new TempFolder();
        var path = FullSize.Write(folder.File("model.safetensors"), unet, text, new() { ["modelspec.license"] = "CreativeML Open RAIL-M" });
        var report = ModelInspector.Inspect(path);
        Assert.Contains("single file", report.Kind, StringComparison.Ordinal);
        Assert.StartsWith(family, report.Family, StringComparison.Ordinal);
        Assert.Equal(parameters, report.Parts.Single(part => part.Name == "unet").Parameters);
        Assert.Equal(83_653_863, report.Parts.Single(part => part.Name == "vae").Parameters);
        Assert.Equal("CreativeML Open RAIL-M (metadata of the weights)", report.Licence);
        Assert.StartsWith("tokenizer: ", Assert.Single(report.Missing), StringComparison.Ordinal);
        Assert.Contains(report.Notes, note => note.Contains("`PredictionType`", StringComparison.Ordinal));
    }

    [Fact]
    public void A_complete_folder_misses_nothing()
    {
        var report = ModelInspector.Inspect(Path.Combine(Golden.Repository, "models", "street-tiny"));
        Assert.Empty(report.Missing);
        Assert.Equal("mit (model card)", report.Licence);
        Assert.Contains("predicts v, 128 x 128 pixels", report.Family, StringComparison.Ordinal);
        Assert.Equal(["unet", "vae", "text_encoder", "tokenizer", "scheduler", "controlnet"], report.Parts.Select(part => part.Name));
        Assert.Contains(report.Notes, note => note.StartsWith("controlnet: 32 of 96 components", StringComparison.Ordinal));
    }

    [Fact]
    public void An_incomplete_folder_names_each_missing_part_and_counts_the_others()
    {
        using var folder = new TempFolder();
        var model = OriginalFiles.Copy(Golden.Folder("sd/pipeline"), folder.File("model"));
        Directory.Delete(Path.Combine(model, "tokenizer"), recursive: true);
        File.Move(
            Path.Combine(model, "vae", "diffusion_pytorch_model.safetensors"),
            Path.Combine(model, "vae", "diffusion_pytorch_model.bin")
        );
        var report = ModelInspector.Inspect(model);
        Assert.Equal(["unet", "text_encoder", "scheduler", "controlnet"], report.Parts.Select(part => part.Name));
        Assert.Contains(
            report.Missing,
            sentence => sentence.StartsWith("vae: ", StringComparison.Ordinal) && sentence.Contains("is a pickle", StringComparison.Ordinal)
        );
        Assert.Contains(report.Missing, sentence => sentence.StartsWith("tokenizer: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Weights_that_do_not_fit_their_configuration_are_reported()
    {
        using var folder = new TempFolder();
        var model = OriginalFiles.Copy(Golden.Folder("sd/pipeline"), folder.File("model"));
        File.Copy(Golden.Path("sd2/sd21_like/unet/config.json"), Path.Combine(model, "unet", "config.json"), overwrite: true);
        var report = ModelInspector.Inspect(model);
        Assert.Contains(
            report.Missing,
            sentence =>
                sentence.StartsWith("unet: ", StringComparison.Ordinal)
                && sentence.Contains("do not fit its configuration", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("sd/pipeline/controlnet", "a ControlNet", "controlnet")]
    [InlineData("sd/pipeline/vae", "an autoencoder", "vae")]
    [InlineData("sd/vae_old_names", "an autoencoder", "vae")]
    [InlineData("sd2/all_cross_tlpb/unet", "the U-Net of a model, without autoencoder and text encoder", "unet")]
    [InlineData("sd2/text_encoder_gelu", "a CLIP text encoder", "text_encoder")]
    public void A_part_alone_is_named(string path, string kind, string part)
    {
        var report = ModelInspector.Inspect(Golden.Folder(path));
        Assert.Equal(kind, report.Kind);
        Assert.Equal(part, Assert.Single(report.Parts).Name);
        Assert.Empty(report.Missing);
    }

    [Theory]
    [InlineData("dino/p8", "dino-vit")]
    [InlineData("dinov2/reg4/hf", "dinov2-vit")]
    [InlineData("dinov2/swiglu", "dinov2-vit")]
    [InlineData("clip_vision/p16/hf", "clip-vit")]
    public void A_backbone_is_named(string path, string name)
    {
        var report = ModelInspector.Inspect(Golden.Folder(path));
        Assert.Equal("a vision backbone", report.Kind);
        Assert.StartsWith(name, report.Family, StringComparison.Ordinal);
        Assert.True(report.Parameters > 0);
    }

    [Fact]
    public void An_original_autoencoder_alone_is_named()
    {
        using var folder = new TempFolder();
        var names = OriginalAutoencoderNames.Of(AutoencoderConfig.Parse(PublishedNames.Config("sd_vae")), "");
        var path = EmptyWeights.Write(
            folder.File("vae-ft-mse.safetensors"),
            PublishedNames.Shapes("sd_vae").Select(pair => (names.ToStored(pair.Key)!.Stored, pair.Value))
        );
        var report = ModelInspector.Inspect(path);
        Assert.Equal("an autoencoder, original names", report.Kind);
        Assert.Empty(report.Missing);
        Assert.Equal(83_653_863, report.Parameters);
    }

    [Theory]
    [InlineData("license: creativeml-openrail-m", "creativeml-openrail-m (model card)")]
    [InlineData("license: other\nlicense_name: my-licence", "my-licence (model card)")]
    [InlineData("tags: [a]", null)]
    public void The_licence_of_a_model_card_is_told(string front, string? licence)
    {
        using var folder = new TempFolder();
        OriginalFiles.Copy(Golden.Folder("sd/pipeline/vae"), folder.Path);
        File.WriteAllText(folder.File("README.md"), $"---\n{front}\n---\n\n# Model\nlicense: not this one\n");
        Assert.Equal(licence, ModelInspector.Inspect(folder.Path).Licence);
    }

    [Theory]
    [InlineData("lora_unet_down_blocks_0.lora_down.weight", "a LoRA (kohya's names)")]
    [InlineData("model.diffusion_model.joint_blocks.0.x", "a Stable Diffusion 3 checkpoint")]
    [InlineData("emb_params", "a textual inversion (a new word for a text encoder)")]
    [InlineData("fc.weight", "unknown weights")]
    public void What_cannot_be_used_is_named_too(string tensor, string kind)
    {
        using var folder = new TempFolder();
        Assert.Equal(kind, ModelInspector.Inspect(EmptyWeights.Write(folder.File("some.safetensors"), [(tensor, [2])])).Kind);
    }

    [Fact]
    public void Nothing_at_a_path_is_refused()
    {
        var error = Assert.Throws<LumenException>(() => ModelInspector.Inspect("no/such/model"));
        Assert.Contains("There is neither a file nor a folder at no/such/model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hostile_width_costs_no_memory()
    {
        using var folder = new TempFolder();
        var path = EmptyWeights.Write(
            folder.File("thin.safetensors"),
            [
                ("conv_in.weight", [1_000_000, 1, 1, 1]),
                ("down_blocks.0.resnets.0.time_emb_proj.weight", [1]),
                ("down_blocks.0.resnets.0.conv2.weight", [1_000_000, 1, 1, 1]),
                ("mid_block.attentions.0.proj_in.weight", [1, 1]),
            ]
        );
        Assert.Contains("expected as many rows as columns", Assert.Single(ModelInspector.Inspect(path).Missing), StringComparison.Ordinal);
    }
}
