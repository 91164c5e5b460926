using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

/// <summary>Checkpoints that hold no numbers in places: another option does not help, and is not advised.</summary>
public sealed class FiniteWeightsTests
{
    [Theory]
    [InlineData("unet/diffusion_pytorch_model.safetensors", "mid_block.resnets.0.conv1.weight", "the U-Net")]
    [InlineData("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias", "the autoencoder")]
    [InlineData("text_encoder/model.safetensors", "text_model.final_layer_norm.weight", "the text encoder")]
    public void A_damaged_weight_is_named_instead_of_another_setting(string file, string weight, string network)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var path = Path.Combine(TinyModels.Write(folder.File("tiny")), file);
        Dictionary<string, Tensor> weights;
        using (var checkpoint = Checkpoint.Open(path))
            weights = checkpoint.Entries.Keys.ToDictionary(name => name, name => checkpoint.Read(name), StringComparer.Ordinal);
        weights[weight].view(-1)[0] = float.NaN;
        SafetensorsWriter.Write(path, weights);
        using var model = DiffusionModel.Load(folder.File("tiny"), Placement.Reference);
        var message = Assert
            .Throws<LumenException>(() =>
                new ImageGenerator(model, null).Generate(
                    new GenerationRequest("a street", null, 32, 32),
                    new GenerationOptions { NumInferenceSteps = 1 }
                )
            )
            .Message;
        Assert.Contains(
            $"The weights of {network} hold values that are no numbers themselves ({weight})",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains("fetch the file again, or take an earlier checkpoint", message, StringComparison.Ordinal);
        Assert.DoesNotContain("`Dtype`", message, StringComparison.Ordinal);
    }
}
