using Lumen.Core.Tensors;
using Lumen.Models.Autoencoding;
using Lumen.Testing;
using Lumen.Testing.Parity;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Autoencoding;

public sealed class AutoencoderGoldenTests
{
    [Theory]
    [InlineData("sd/io/vae")]
    [InlineData("keys/sd_vae")]
    public void Both_ways_and_both_namings_are_upstreams(string folder) => ParityAssert.Passes(folder);

    [Theory]
    [InlineData("encoder.mid_block.attentions.0.query.weight", "encoder.mid_block.attentions.0.to_q.weight")]
    [InlineData("decoder.mid_block.attentions.0.proj_attn.bias", "decoder.mid_block.attentions.0.to_out.0.bias")]
    [InlineData("decoder.mid_block.attentions.0.to_v.bias", "decoder.mid_block.attentions.0.to_v.bias")]
    [InlineData("decoder.conv_in.weight", "decoder.conv_in.weight")]
    public void Old_names_become_current_ones(string stored, string current) => Assert.Equal(current, AutoencoderNames.ToCurrent(stored));

    [Fact]
    public void Absent_entries_have_upstreams_defaults_and_unsupported_ones_are_named()
    {
        var published = AutoencoderConfig.Parse(File.ReadAllText(Golden.Path("keys/sd_vae/config.json")));
        Assert.Equal(0.18215, published.ScalingFactor);
        Assert.Equal(published.ToJson(), AutoencoderConfig.Parse(published.ToJson()).ToJson());
        Assert.Contains("shift_factor", Assert.Throws<LumenException>(() => AutoencoderConfig.Parse("""{"shift_factor": 0.1}""")).Message);
    }

    [Fact]
    public void A_round_trip_leaves_nothing_alive()
    {
        using var frozen = no_grad();
        using var autoencoder = new AutoencoderKL(
            AutoencoderConfig.Parse(File.ReadAllText(Golden.Path("sd/pipeline/vae/config.json"))),
            Placement.Reference
        );
        using var image = zeros(1, 3, 16, 24);
        TensorLeak.Check(() =>
        {
            using var scope = NewDisposeScope();
            Assert.Equal(image.shape, autoencoder.Decode(autoencoder.Encode(image).Mean).shape);
        });
    }
}
