using Lumen.Core.Tensors;
using Lumen.Testing;
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
    public void Stable_diffusion_2_heads_and_linear_projections_are_upstreams() => ParityAssert.Passes("sd2/sd21_like");

    // Rounding grows tenfold a step along this network's walks, so only what is before them and every step alone can be compared.
    [Fact]
    public void Attention_in_every_block_and_block_counts_by_level_are_upstreams()
    {
        var lines = CaseRunner.Run(ReferenceCase.Open(Golden.Folder(""), Golden.Folder("sd2/all_cross_tlpb")), Placement.Reference);
        Assert.Equal(
            ["alone.traj_ddim.latents.*", "alone.traj_euler.latents.*"],
            lines.Where(line => line.Output.StartsWith("alone.", StringComparison.Ordinal)).Select(line => line.Output)
        );
        Assert.All(
            lines.Where(line =>
                !line.Output.StartsWith("traj_", StringComparison.Ordinal) || line.Output.EndsWith("timesteps", StringComparison.Ordinal)
            ),
            line => Assert.True(line.Verdict == Verdict.Ok, line.ToString())
        );
        Assert.True(lines.Count(line => line.Verdict == Verdict.Ok) >= 14);
    }

    [Theory]
    [InlineData("keys/sd15_unet")]
    [InlineData("keys/sd21_unet")]
    public void Names_and_shapes_are_those_of_the_published_weights(string folder) => ParityAssert.Passes(folder);
}
