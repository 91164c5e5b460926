using Lumen.Testing.Parity;
using Xunit;

namespace Lumen.Tests.Models.Denoising;

/// <summary>Every block, attention probabilities and odd sides of diffusers 0.27.2.</summary>
public sealed class UNetGoldenTests
{
    [Theory]
    [InlineData("sd/io/unet")]
    [InlineData("sd/io/unet_odd")]
    [InlineData("sd/io/unet_attn")]
    [InlineData("full_scale/tiny")]
    public void The_denoiser_computes_what_upstream_computes(string folder) => ParityAssert.Passes(folder);

    [Fact]
    public void Stable_diffusion_2_heads_and_linear_projections_are_upstreams() => ParityAssert.Passes("sd2/sd21_like", "traj_euler");

    [Theory]
    [InlineData("keys/sd15_unet")]
    [InlineData("keys/sd21_unet")]
    public void Names_and_shapes_are_those_of_the_published_weights(string folder) => ParityAssert.Passes(folder);
}
