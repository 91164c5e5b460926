using Lumen.Testing.Parity;
using Xunit;

namespace Lumen.Tests.Models.Vision;

/// <summary>
/// Every layer and facet of the original code, from the original's weights and from transformers', at trained and at interpolated sizes.
/// </summary>
public sealed class VisionGoldenTests
{
    [Theory]
    [InlineData("dino/p8")]
    [InlineData("dino/p16")]
    [InlineData("dinov2/vit")]
    [InlineData("dinov2/swiglu")]
    [InlineData("dinov2/reg4")]
    [InlineData("clip_vision/p14")]
    [InlineData("clip_vision/p16")]
    [InlineData("siglip/p8")]
    public void Vision_transformers_compute_what_upstream_computes(string folder) => ParityAssert.Passes(folder);

    [Theory]
    [InlineData("keys/dino_vits8")]
    [InlineData("keys/dino_vitb8")]
    [InlineData("keys/dinov2_vits14")]
    [InlineData("keys/dinov2_vits14_reg")]
    [InlineData("keys/dinov2_vitb14")]
    [InlineData("keys/dinov2_vitb14_reg")]
    [InlineData("keys/clip_vit_b16_vision")]
    [InlineData("keys/clip_vit_l14_vision")]
    [InlineData("keys/siglip_vit_b16_vision")]
    [InlineData("keys/siglip_so400m_vision")]
    public void Names_and_shapes_are_those_of_the_published_weights(string folder) => ParityAssert.Passes(folder);
}
