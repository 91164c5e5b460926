using Lumen.Core.Checkpoints;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Pretrained;

/// <summary>Configurations read off published names and shapes against the published configurations.</summary>
public class InferredConfigTests
{
    [Theory]
    [InlineData("sd15_unet")]
    [InlineData("sd21_unet")]
    public void A_unets_configuration_is_read_off_its_original_names_and_shapes(string part)
    {
        using var folder = new TempFolder();
        var expected = UNetConfig.Parse(PublishedNames.Config(part));
        using var file = Original(folder, part);
        var skeleton = OriginalUNetNames.Skeleton(new WeightShapes(file, OriginalUNetNames.Prefix).Holds);
        Assert.NotNull(skeleton);
        var inferred = InferredConfigs.UNet(new WeightShapes(OriginalUNetNames.Of(skeleton).View(file, part)), part);
        // the size of the pictures does not show in the weights
        Assert.Equal((expected with { SampleSize = 64 }).ToJson(), inferred.ToJson());
    }

    [Fact]
    public void An_autoencoders_configuration_is_read_off_its_original_names_and_shapes()
    {
        using var folder = new TempFolder();
        using var file = Original(folder, "sd_vae");
        Assert.Equal(
            AutoencoderConfig.Parse(PublishedNames.Config("sd_vae")).ToJson(),
            PipelineFile.InferAutoencoder(file, OriginalAutoencoderNames.Prefix).ToJson()
        );
    }

    [Theory]
    [InlineData("clip_vit_l14_text", false)]
    [InlineData("sd21_openclip_h_text", true)]
    public void A_text_encoders_configuration_is_read_off_its_original_names_and_shapes(string part, bool isOpenClip)
    {
        using var folder = new TempFolder();
        using var file = Original(folder, part);
        var expected = ClipTextConfig.Parse(PublishedNames.Config(part));
        var names = isOpenClip ? OriginalTextNames.OpenClip(expected.Layers) : OriginalTextNames.Clip();
        var inferred = InferredConfigs.Text(
            new WeightShapes(names.View(file, part)),
            isOpenClip ? ClipActivation.Gelu : ClipActivation.QuickGelu,
            part
        );
        Assert.Equal(expected, inferred);
    }

    [Fact]
    public void A_controlnets_configuration_is_read_off_its_original_names_and_shapes()
    {
        using var folder = new TempFolder();
        using var file = Original(folder, "sd15_controlnet");
        var expected = ControlNetConfig.Parse(PublishedNames.Config("sd15_controlnet"));
        var skeleton = OriginalControlNetNames.Skeleton(new WeightShapes(file, OriginalControlNetNames.Prefix).Holds);
        Assert.NotNull(skeleton);
        var inferred = InferredConfigs.ControlNet(new WeightShapes(OriginalControlNetNames.Of(skeleton).View(file, "file")), "file");
        Assert.Equal(expected.ToJson(), inferred.ToJson());
    }

    private static Checkpoint Original(TempFolder folder, string part) =>
        Checkpoint.Open(EmptyWeights.Write(folder.File("model.safetensors"), FullSize.Tensors(part)));
}
