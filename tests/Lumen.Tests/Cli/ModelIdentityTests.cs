using Lumen.Tests.Pretrained;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>Whatever is given as a model or an adapter is called what it is before anything else is said of it.</summary>
public sealed class ModelIdentityTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void Files_that_are_no_models_are_named_although_no_adapter_was_given()
    {
        var lora = EmptyWeights.Write(cli.File("lora.safetensors"), [("lora_unet_x.lora_down.weight", [1, 1])]);
        Assert.Contains("it is a LoRA (kohya's names)", Refused(lora), StringComparison.Ordinal);
        var inpainting = EmptyWeights.Write(
            cli.File("inpainting.safetensors"),
            [("model.diffusion_model.input_blocks.0.0.weight", [320, 9, 3, 3])]
        );
        Assert.Contains(
            "is a Stable Diffusion model for inpainting (9 input channels), which Lumen does not run",
            Refused(inpainting),
            StringComparison.Ordinal
        );
        File.WriteAllText(cli.File("sd.ckpt"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4265380512\n");
        Assert.Contains("sd.ckpt is a git-LFS pointer", Refused(cli.File("sd.ckpt")), StringComparison.Ordinal);
        File.WriteAllText(cli.File("sd.gguf"), "GGUF\u0003\0\0\0\0\0\0\0");
        Assert.Contains("sd.gguf is a GGUF file", Refused(cli.File("sd.gguf")), StringComparison.Ordinal);
        Directory.CreateDirectory(cli.File("xl"));
        File.WriteAllText(cli.File("xl/model_index.json"), """{"_class_name": "StableDiffusionXLPipeline"}""");
        Assert.Contains("is a Stable Diffusion XL model", Refused(cli.File("xl")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_inspection_names_them_too()
    {
        File.WriteAllText(cli.File("page.safetensors"), "<html><body>404</body></html>");
        var page = CommandLine.Run("model", "info", cli.File("page.safetensors"));
        Assert.Equal(2, page.Code);
        Assert.Contains("page.safetensors is a web page", page.Error, StringComparison.Ordinal);
        var lora = CommandLine.Run(
            "model",
            "info",
            EmptyWeights.Write(cli.File("some.safetensors"), [("base_model.model.x.lora_A.weight", [1, 1])])
        );
        Assert.Equal(0, lora.Code);
        Assert.Contains("kind          a LoRA (peft's names)", lora.Output, StringComparison.Ordinal);
        Assert.Contains("note          Lumen applies none: merge it into its base", lora.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, "for inpainting (9 input channels)")]
    [InlineData(8, "for picture to picture (8 input channels)")]
    [InlineData(5, "for depth to picture (5 input channels)")]
    [InlineData(7, "for upscaling (7 input channels)")]
    public void A_single_file_for_something_else_is_named_by_the_inspection_whatever_its_other_blocks_are(long channels, string what)
    {
        var file = EmptyWeights.Write(
            cli.File($"takes-{channels}.safetensors"),
            [("model.diffusion_model.input_blocks.0.0.weight", [320, channels, 3, 3])]
        );
        var report = CommandLine.Run("model", "info", file);
        Assert.Equal(0, report.Code);
        Assert.Contains($"one file, original names, {what}", report.Output, StringComparison.Ordinal);
        Assert.Contains("use the ordinary model of its family", report.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_is_named_although_its_sizes_cannot_be_told()
    {
        var file = EmptyWeights.Write(
            cli.File("part.safetensors"),
            [("conv_in.weight", [320, 9, 3, 3]), ("down_blocks.0.resnets.0.time_emb_proj.weight", [1])]
        );
        var report = CommandLine.Run("model", "info", file);
        Assert.Equal(0, report.Code);
        Assert.Contains("the U-Net of an inpainting model (9 input channels)", report.Output, StringComparison.Ordinal);
        Assert.Contains("does not say all about itself", report.Output, StringComparison.Ordinal);
    }

    private string Refused(string model)
    {
        var run = CommandLine.Run(
            "generate",
            "--model",
            model,
            "--reference",
            cli.Reference,
            "--prompt",
            "a street",
            "--output-dir",
            cli.File("nothing")
        );
        Assert.Equal((2, ""), (run.Code, run.Output));
        return run.Error;
    }
}
