using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Schedules;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Pretrained;

/// <summary>Single-file checkpoints against the diffusers folders they were made from.</summary>
public class SingleFileTests
{
    private static readonly string Pipeline = Golden.Folder("sd/pipeline");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_single_file_gives_the_folders_weights_bit_for_bit(bool openClip)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline, openClip);
        using var expected = DiffusionModel.Load(Pipeline, Placement.Reference);
        using var model = DiffusionModel.Load(path, Placement.Reference, new ModelFileOptions { Config = Pipeline });
        foreach (
            var (ours, theirs) in new (nn.Module, nn.Module)[]
            {
                (model.UNet, expected.UNet),
                (model.Vae, expected.Vae),
                (model.TextEncoder, expected.TextEncoder),
            }
        )
        {
            var (read, wanted) = (ours.state_dict(), theirs.state_dict());
            Assert.Equal(wanted.Keys.Order(StringComparer.Ordinal), read.Keys.Order(StringComparer.Ordinal));
            Assert.All(wanted, pair => Assert.True(read[pair.Key].bytes.SequenceEqual(pair.Value.bytes), pair.Key));
        }
    }

    [Fact]
    public void A_single_file_makes_the_same_picture_as_the_folder()
    {
        using var folder = new TempFolder();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline);
        Assert.Equal(Picture(Pipeline, null), Picture(path, new ModelFileOptions { Config = Pipeline }));

        static byte[] Picture(string path, ModelFileOptions? options)
        {
            using var model = DiffusionModel.Load(path, Placement.Reference, options);
            var generator = new ImageGenerator(model, null);
            return generator
                .Generate(new GenerationRequest("a street at night", null, 64, 64), new GenerationOptions { NumInferenceSteps = 3 })[0]
                .Rgb;
        }
    }

    [Fact]
    public void Second_generation_files_pad_prompts_with_zero_and_predict_v()
    {
        using var folder = new TempFolder();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline, openClip: true);
        var configs = OriginalFiles.Copy(Pipeline, folder.File("configs"));
        File.Delete(Path.Combine(configs, "scheduler", "scheduler_config.json"));
        using var model = DiffusionModel.Load(path, Placement.Reference, new ModelFileOptions { Config = configs });
        Assert.Equal(0, model.Tokenizer.PadId);
        Assert.Equal(PredictionType.VPrediction, model.Schedule.Config.PredictionType);
        using var told = DiffusionModel.Load(
            path,
            Placement.Reference,
            new ModelFileOptions { Config = configs, PredictionType = "epsilon" }
        );
        Assert.Equal(PredictionType.Epsilon, told.Schedule.Config.PredictionType);
    }

    [Fact]
    public void A_tokenizer_beside_the_file_is_found()
    {
        using var folder = new TempFolder();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline);
        OriginalFiles.Copy(Path.Combine(Pipeline, "tokenizer"), folder.File("tokenizer"));
        foreach (var part in new[] { "unet", "vae", "text_encoder", "scheduler" })
            OriginalFiles.Copy(Path.Combine(Pipeline, part), Path.Combine(folder.File("configs"), part));
        using var model = DiffusionModel.Load(path, Placement.Reference, new ModelFileOptions { Config = folder.File("configs") });
        Assert.Equal(49408, model.Tokenizer.VocabularySize);
    }

    [Fact]
    public void Without_a_tokenizer_the_error_says_where_to_give_one()
    {
        using var folder = new TempFolder();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline);
        foreach (var part in new[] { "unet", "vae", "text_encoder", "scheduler" })
            OriginalFiles.Copy(Path.Combine(Pipeline, part), Path.Combine(folder.File("configs"), part));
        Refused(
            "the tokenizer's vocabulary is never in such a file. Give `Tokenizer` a folder",
            path,
            new ModelFileOptions { Config = folder.File("configs") }
        );
        Refused("There is no tokenizer in", path, new ModelFileOptions { Config = Pipeline, Tokenizer = folder.File("configs") });
    }

    [Fact]
    public void Sizes_that_do_not_tell_their_heads_and_groups_ask_for_a_configuration()
    {
        using var folder = new TempFolder();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline);
        Refused(
            "the levels of its U-Net are 16, 24 wide, which does not divide into Stable Diffusion's 32 norm groups. Give `Config` a "
                + "diffusers folder",
            path
        );
    }

    [Theory]
    [InlineData("first_stage_model.", "has no autoencoder (first_stage_model.encoder.*)")]
    [InlineData("cond_stage_model.", "has no text encoder (cond_stage_model.transformer.text_model.* or cond_stage_model.model.*)")]
    public void A_file_without_a_part_names_the_part(string prefix, string sentence)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline);
        var configs = OriginalFiles.Copy(Pipeline, folder.File("configs"));
        Directory.Delete(Path.Combine(configs, "vae"), recursive: true);
        SafetensorsWriter.Write(
            path,
            OriginalFiles.Read(path).Where(pair => !pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary()
        );
        if (prefix == "cond_stage_model.")
            OriginalFiles.Copy(Path.Combine(Pipeline, "vae"), Path.Combine(configs, "vae"));
        Refused(sentence, path, new ModelFileOptions { Config = configs });
    }

    [Fact]
    public void A_missing_and_an_unknown_tensor_are_named_together()
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline);
        var weights = OriginalFiles.Read(path);
        weights.Remove("model.diffusion_model.out.2.bias");
        weights["model.diffusion_model.middle_block.7.weight"] = zeros(3);
        SafetensorsWriter.Write(path, weights);
        var message = Refused("does not fit UNet2DConditionModel", path, new ModelFileOptions { Config = Pipeline });
        Assert.Contains("missing     conv_out.bias", message, StringComparison.Ordinal);
        Assert.Contains("unexpected  model.diffusion_model.middle_block.7.weight [3]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Something_else_in_a_file_is_named()
    {
        using var folder = new TempFolder();
        OriginalFiles.WriteControlNet(folder.File("control.safetensors"), Path.Combine(Pipeline, "controlnet"));
        Refused("is not a whole model: it is a ControlNet, original names; give it to `Adapter`", folder.File("control.safetensors"));
        Refused(
            "is not a whole model: it is a Stable Diffusion XL checkpoint",
            EmptyWeights.Write(
                folder.File("xl.safetensors"),
                [("conditioner.embedders.0.x", [1]), ("model.diffusion_model.input_blocks.0.0.weight", [1])]
            )
        );
        Refused("nothing in its names is known to Lumen", EmptyWeights.Write(folder.File("other.safetensors"), [("a", [1])]));
    }

    [Theory]
    [InlineData("unet", "It is the U-Net of a model")]
    [InlineData("controlnet", "It is a ControlNet (ControlNetModel); give it to `Adapter`")]
    public void A_folder_of_one_part_is_named(string part, string sentence) => Refused(sentence, Path.Combine(Pipeline, part));

    private static string Refused(string sentence, string path, ModelFileOptions? options = null)
    {
        var error = Assert.Throws<LumenException>(() => DiffusionModel.Load(path, Placement.Reference, options).Dispose());
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        return error.Message;
    }
}
