using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Tests.Models;

/// <summary>
/// Whatever is done to a configuration: a network that can be made, or a sentence. Networks are made without memory, so that sizes alone
/// count.
/// </summary>
public sealed class ConfigMutationTests : IDisposable
{
    private static readonly Placement NoMemory = new(META, ScalarType.Float32);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("full_scale/tiny/unet_config.json", "unet")]
    [InlineData("sd2/sd21_like/unet/config.json", "unet")]
    [InlineData("sd/pipeline/controlnet/config.json", "controlnet")]
    [InlineData("sd/pipeline/vae/config.json", "vae")]
    [InlineData("sd2/text_encoder_gelu/config.json", "text")]
    public void Any_mutation_of_a_configuration_is_a_network_or_a_sentence(string golden, string kind)
    {
        var path = Copy(golden);
        Mutation.Survive(
            path,
            250,
            () =>
            {
                using var scope = NewDisposeScope();
                Make(kind, File.ReadAllText(path)).Dispose();
            }
        );
    }

    [Theory]
    [InlineData("schedulers/dpm_2m_sde_karras_leading10/config.json")]
    [InlineData("schedulers/unipc_bh2_o3_eps_linspace12_karras/config.json")]
    [InlineData("schedulers/euler_eps_leading10_karras/config.json")]
    [InlineData("schedulers/lcm_eps_4/config.json")]
    public void Any_mutation_of_a_schedulers_configuration_is_a_sampler_or_a_sentence(string golden)
    {
        var path = Copy(golden);
        Mutation.Survive(
            path,
            250,
            () =>
            {
                var schedule = new NoiseSchedule(SchedulerConfig.Parse(File.ReadAllText(path)));
                var sampler = Sampler.Create(schedule.Config.ClassName, schedule, 4);
                Assert.Equal(4, sampler.Timesteps.Count);
                using var scope = NewDisposeScope();
                sampler.Step(ones(1, 4), 0, ones(1, 4), StepHistory.Empty, ones(1, 4)).History.Dispose();
            }
        );
    }

    [Theory]
    [InlineData("full_scale/tiny/unet_config.json", "unet", "layers_per_block", "1000000000")]
    [InlineData("full_scale/tiny/unet_config.json", "unet", "cross_attention_dim", "2000000000")]
    [InlineData("full_scale/tiny/unet_config.json", "unet", "transformer_layers_per_block", "99999999")]
    [InlineData("sd/pipeline/vae/config.json", "vae", "layers_per_block", "1000000000")]
    [InlineData("sd2/text_encoder_gelu/config.json", "text", "num_hidden_layers", "1000000000")]
    public void Sizes_beyond_every_network_are_refused_with_the_limit(string golden, string kind, string key, string value)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Golden.Path(golden)))!;
        json[key] = System.Text.Json.Nodes.JsonNode.Parse(value);
        Assert.Contains(
            $"{key} must be a whole number from 1 to ",
            Assert.Throws<LumenException>(() => Make(kind, json.ToJsonString())).Message,
            StringComparison.Ordinal
        );
    }

    private static Module Make(string kind, string json) =>
        kind switch
        {
            "unet" => new UNet2DConditionModel(UNetConfig.Parse(json), NoMemory),
            "controlnet" => new ControlNetModel(ControlNetConfig.Parse(json), NoMemory),
            "vae" => new AutoencoderKL(AutoencoderConfig.Parse(json), NoMemory),
            _ => new ClipTextModel(ClipTextConfig.Parse(json), NoMemory),
        };

    private string Copy(string golden)
    {
        var path = _folder.File("config.json");
        File.Copy(Golden.Path(golden), path);
        return path;
    }
}
