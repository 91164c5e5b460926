using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Vision;

/// <summary>Every patch of pixels to one token. What is left of sides that are not multiples of the patch is dropped.</summary>
internal sealed class PatchEmbedding : Module<Tensor, Tensor>
{
    [StateKey("proj")]
    private readonly ConvolutionLayer _projection;

    public PatchEmbedding(VisionTransformerConfig config, Placement placement)
        : base(nameof(PatchEmbedding))
    {
        _projection = Layer.Conv(3, config.Width, config.Patch, placement, config.Patch, padding: 0, bias: !config.PreNorm);
        RegisterComponents();
    }

    /// <param name="pixels">[B, 3, H, W], normalised.</param>
    /// <returns>[B, D, H/p, W/p].</returns>
    public override Tensor forward(Tensor pixels) => _projection.call(pixels);
}
