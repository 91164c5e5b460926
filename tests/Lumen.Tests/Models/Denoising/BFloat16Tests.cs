using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Denoising;

/// <summary>
/// bfloat16 keeps 8 bits: on the small random reference networks, rounding the weights alone already moves the outputs by 1 to 7 % of their
/// spread. What the compute path can be held to is that it adds little to that.
/// </summary>
public sealed class BFloat16Tests
{
    private static readonly Placement Half = new(CPU, ScalarType.BFloat16);

    [Fact]
    public void The_denoiser_in_bfloat16_is_little_worse_than_its_rounded_weights()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var inputs = Golden.Tensors("sd/io/unet/inputs.safetensors");
        var want = Golden.Tensors("sd/io/unet/outputs.safetensors")["sample"];
        RequireLittleWorse(
            want,
            (placement, round) =>
            {
                using var unet = new UNet2DConditionModel(
                    UNetConfig.Parse(File.ReadAllText(Golden.Path("sd/pipeline/unet/config.json"))),
                    placement
                );
                Load(unet, "sd/pipeline/unet", round);
                return unet.Predict(inputs["sample"], inputs["timestep"], inputs["encoder_hidden_states"]);
            }
        );
    }

    [Fact]
    public void The_autoencoder_in_bfloat16_is_little_worse_than_its_rounded_weights()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var latents = Golden.Tensors("sd/io/vae/inputs.safetensors")["z"];
        RequireLittleWorse(
            Golden.Tensors("sd/io/vae/outputs.safetensors")["decoded"],
            (placement, round) =>
            {
                using var autoencoder = new AutoencoderKL(
                    AutoencoderConfig.Parse(File.ReadAllText(Golden.Path("sd/pipeline/vae/config.json"))),
                    placement
                );
                Load(autoencoder, "sd/pipeline/vae", round);
                return autoencoder.Decode(latents);
            }
        );
    }

    private static void RequireLittleWorse(Tensor want, Func<Placement, bool, Tensor> compute)
    {
        var floor = Distance(compute(Placement.Reference, true), want);
        var error = Distance(compute(Half, false), want);
        Assert.True(
            error < 3 * floor && error < 0.05,
            $"bfloat16 is off by {error:p2} of the spread, its rounded weights alone by {floor:p2}."
        );
    }

    private static double Distance(Tensor got, Tensor want) =>
        ((got - want).square().mean().sqrt() / want.std(unbiased: false)).item<float>();

    private static void Load(nn.Module module, string folder, bool round)
    {
        using var weights = Checkpoint.Open(Golden.Folder(folder));
        StateLoader.Load(module, weights, module.GetName(), AutoencoderNames.ToCurrent, AutoencoderNames.MayReshape);
        if (!round)
            return;
        foreach (var parameter in module.parameters())
            parameter.copy_(parameter.to_type(ScalarType.BFloat16));
    }
}
